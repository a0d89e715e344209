import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { whyUnreadable } from '../../core/why-unreadable.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Log } from '../../ports/telemetry.ts';

/** Where the PEM files lie. */
export interface TlsFilePaths {
  readonly certificate: string;
  readonly privateKey: string;
  /** Authorities that may have signed the other side's certificate. Without it those that Node.js comes with. */
  readonly caList: string | undefined;
}

/** What was read from the files, proven to fit together. */
export type TlsMaterial = Required<Pick<SecureContextOptions, 'cert' | 'key'>> & Pick<SecureContextOptions, 'ca'>;

/** A TLS file is missing, can't be read, or does not fit the others. */
export class TlsFilesError extends Error {
  readonly code = 'TLS_FILES_UNUSABLE';

  constructor(paths: TlsFilePaths, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const names = [paths.certificate, paths.privateKey, ...(paths.caList === undefined ? [] : [paths.caList])];
    super(`cannot use the TLS files ${names.join(', ')}: ${why}`, { cause });
    this.name = 'TlsFilesError';
  }
}

const SETTLE_MS = 200;
const POLL_MS = 30_000;
const DAY_MS = 86_400_000;

/**
 * Certificate, key and authorities on disk, read again when they change. The folders are watched, since a mounted
 * Kubernetes Secret is renewed by swapping a symlink, and the files are read every 30 s where watching sees nothing.
 * A new set that does not fit together is logged and the old one stays in use.
 */
export class TlsFiles {
  readonly #paths: TlsFilePaths;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #watchers: FSWatcher[] = [];
  #material: TlsMaterial | undefined;
  #context: SecureContext | undefined;
  #expiresAt = 0;
  #seen = '';
  #changed: () => void = () => {};
  #timer: Timer | undefined;
  #stopped = false;

  constructor(paths: TlsFilePaths, clock: Clock, log: Log) {
    this.#paths = paths;
    this.#clock = clock;
    this.#log = log;
  }

  /** Reads the files and goes on watching them; `changed` is called after each renewal. Throws {@link TlsFilesError}. */
  async start(changed: () => void): Promise<void> {
    this.#changed = changed;
    try {
      const contents = await this.#read();
      this.#use(contents);
    } catch (error) {
      throw new TlsFilesError(this.#paths, error);
    }
    for (const folder of new Set(this.#names().map((name) => dirname(name)))) this.#watch(folder);
    this.#checkAfter(POLL_MS);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers.length = 0;
  }

  /** What is in use now. Throws before `start` has succeeded. */
  get material(): TlsMaterial {
    if (this.#material === undefined) throw new TlsFilesError(this.#paths, 'they have not been read yet');
    return this.#material;
  }

  /** The same, ready to open connections with. */
  get context(): SecureContext {
    if (this.#context === undefined) throw new TlsFilesError(this.#paths, 'they have not been read yet');
    return this.#context;
  }

  /** Days until the certificate in use expires; negative when it has. */
  get daysToExpiry(): number {
    return (this.#expiresAt - this.#clock.wallTime()) / DAY_MS;
  }

  #names(): string[] {
    const { certificate, privateKey, caList } = this.#paths;
    return caList === undefined ? [certificate, privateKey] : [certificate, privateKey, caList];
  }

  #watch(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#checkAfter(SETTLE_MS));
      // A folder that goes away, or a machine without free watches: the poll still sees what changes.
      watcher.on('error', () => watcher.close());
      this.#watchers.push(watcher);
    } catch (error) {
      this.#log.debug('cannot watch the folder of the TLS files, they are read every 30 s', { folder, error });
    }
  }

  #checkAfter(delayMs: number): void {
    if (this.#stopped) return;
    this.#timer?.cancel();
    this.#timer = this.#clock.after(delayMs, () => void this.#check());
  }

  async #check(): Promise<void> {
    this.#checkAfter(POLL_MS);
    try {
      const contents = await this.#read();
      if (this.#stopped || fingerprint(contents) === this.#seen) return;
      this.#use(contents);
      this.#log.info('TLS files renewed', { days_to_expiry: Math.floor(this.daysToExpiry) });
      this.#changed();
    } catch (error) {
      if (this.#stopped) return;
      this.#log.warn('the TLS files on disk cannot be used, the old ones stay in use', {
        cause: error instanceof Error ? error.message : String(error),
      });
    }
  }

  #read(): Promise<Buffer[]> {
    return Promise.all(
      this.#names().map((name) =>
        readFile(name).catch((cause: unknown) => {
          throw new Error(`${name} ${whyUnreadable(cause)}`, { cause });
        }),
      ),
    );
  }

  /** Takes the contents into use, or throws when they do not fit together. Either way they are not tried again. */
  #use(contents: readonly Buffer[]): void {
    this.#seen = fingerprint(contents);
    const [cert, key, ca] = contents as readonly [Buffer, Buffer, Buffer | undefined];
    const material: TlsMaterial = ca === undefined ? { cert, key } : { cert, key, ca };
    const { certificate, privateKey, caList } = this.#paths;
    if (ca !== undefined) checkAuthorities(caList!, ca);
    const own = named(`${certificate} holds no certificate in PEM format`, () => new X509Certificate(cert));
    const secret = named(`${privateKey} holds no private key in PEM format`, () => createPrivateKey(key));
    if (!own.checkPrivateKey(secret)) throw new Error(`${privateKey} is not the key of ${certificate}`);
    this.#context = createSecureContext(material);
    this.#expiresAt = Date.parse(own.validTo);
    this.#material = material;
  }
}

const PEM_CERTIFICATE =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/** To OpenSSL a file without a certificate is no mistake: nobody at all would be trusted. */
function checkAuthorities(path: string, contents: Buffer): void {
  const found = contents.toString('latin1').match(PEM_CERTIFICATE) ?? [];
  if (found.length === 0) throw new Error(`${path} holds no certificate in PEM format`);
  for (const [index, one] of found.entries()) {
    named(`certificate ${index + 1} in ${path} can't be read`, () => new X509Certificate(one));
  }
}

/** What OpenSSL says of a file that is something else names no file. */
function named<T>(problem: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new Error(problem, { cause });
  }
}

/** Tells one set of files from another without keeping the old key in memory. */
function fingerprint(contents: readonly Buffer[]): string {
  return contents.map((content) => createHash('sha256').update(content).digest('hex')).join();
}
