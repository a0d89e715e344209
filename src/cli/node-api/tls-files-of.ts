import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { type NamedFile, readNamedFile } from '../read-named-file.ts';
import type { ApiOptions } from './api-options.ts';

/** What the files of the options hold, as `tls.connect` takes it. */
export interface TlsFileContents {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** Reads the files for TLS. Rejects with a CommandFailure that names the one that can't be used: OpenSSL names none. */
export async function tlsFilesOf(
  { caList, certificate, privateKey }: Pick<ApiOptions, 'caList' | 'certificate' | 'privateKey'>,
  signal: AbortSignal,
): Promise<TlsFileContents> {
  if ((certificate === undefined) !== (privateKey === undefined)) {
    throw new CommandFailure(EXIT_CODES.usage, '--certificate and --private-key go together: give both or neither');
  }
  const ca = caList === undefined ? {} : { ca: await certificateIn({ path: caList, by: '--ca-list' }, signal) };
  if (certificate === undefined || privateKey === undefined) return ca;
  const cert = await certificateIn({ path: certificate, by: '--certificate' }, signal);
  const key = await readNamedFile({ path: privateKey, by: '--private-key' }, signal);
  if (!new X509Certificate(cert).checkPrivateKey(keyIn(key, privateKey))) {
    throw unfit(`--private-key: ${privateKey} is not the key of ${certificate} (--certificate)`);
  }
  return { ...ca, cert, key };
}

async function certificateIn(file: NamedFile, signal: AbortSignal): Promise<Buffer> {
  const bytes = await readNamedFile(file, signal);
  try {
    if (bytes.includes('-----BEGIN ') && new X509Certificate(bytes)) return bytes;
  } catch {
    // Said below: what OpenSSL says of it helps nobody.
  }
  throw unfit(`${file.by}: ${file.path} holds no certificate in PEM format`);
}

function keyIn(bytes: Buffer, path: string): KeyObject {
  try {
    return createPrivateKey(bytes);
  } catch (error) {
    const isLocked = error instanceof Error && 'code' in error && error.code === 'ERR_MISSING_PASSPHRASE';
    const why = isLocked ? 'is encrypted: give one without a passphrase' : 'holds no private key in PEM format';
    throw unfit(`--private-key: ${path} ${why}`);
  }
}

function unfit(message: string): CommandFailure {
  return new CommandFailure(EXIT_CODES.data, message);
}
