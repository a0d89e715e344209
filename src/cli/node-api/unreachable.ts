import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { type TlsTrouble, tlsTroubleOf } from '../tls-trouble.ts';
import type { NodeDoor } from './node-door.ts';
import { speaksTls } from './speaks-tls.ts';

/** OpenSSL's and Node's codes for a certificate that is not trusted: X509_V_ERR_… without its beginning, and the name in it. */
const UNTRUSTED = /SELF_SIGNED|^UNABLE_TO_(?:GET_ISSUER|VERIFY_LEAF)|^CERT_|^ERR_TLS_CERT_ALTNAME_INVALID$/;

/** Why there was no answer, and what to do about it. Where HTTP got none, it is looked whether TLS is spoken there. */
export async function unreachable(door: NodeDoor, error: unknown): Promise<CommandFailure> {
  return new CommandFailure(EXIT_CODES.unavailable, await wordsFor(door, error));
}

async function wordsFor(door: NodeDoor, error: unknown): Promise<string> {
  const { name, base, whenSilent } = door;
  const { code, message } = partsOf(error);
  if (UNTRUSTED.test(code)) {
    return `the certificate of ${name} is not trusted: ${code}. --ca-list names a file with its authority; the host of --url or KDMQ_URL, for a pod localhost, has to stand in it`;
  }
  if (base.protocol === 'https:') {
    const trouble = tlsTroubleOf(message);
    if (trouble !== undefined) return tlsWords(door, trouble);
  } else if (isNoHttp(code, message) && door.connect === undefined && (await speaksTls(base))) {
    return `${name} speaks TLS: try ${withScheme(base, 'https')}, and --ca-list with its authority`;
  }
  return `no node answers at ${name}: ${reasonOf(error)}. ${whenSilent}`;
}

function tlsWords({ name, base }: NodeDoor, trouble: TlsTrouble): string {
  if (trouble.kind === 'not TLS') {
    return `${name} does not speak TLS: without http_tls_certificate its URL begins with http://, try ${withScheme(base, 'http')}`;
  }
  return `${name} refuses the TLS connection (${trouble.words}): does it want a certificate of a client? --certificate and --private-key name one of an authority that it trusts`;
}

/** Whoever speaks TLS hangs up, or answers with bytes of it. */
function isNoHttp(code: string, message: string): boolean {
  return message === 'socket hang up' || code.startsWith('HPE_');
}

function withScheme({ host, pathname }: URL, scheme: string): string {
  return `${scheme}://${host}${pathname}`.replace(/\/$/, '');
}

function partsOf(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error) };
  return { code: 'code' in error ? String(error.code) : '', message: error.message };
}

function reasonOf(error: unknown): string {
  const { code, message } = partsOf(error);
  return code !== '' && !message.includes(code) ? `${message} (${code})` : message || code;
}
