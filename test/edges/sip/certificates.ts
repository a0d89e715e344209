import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsOptions } from '../../../src/edges/sip/transport.ts';

/** A certificate and its key on disk. */
export interface Certificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** A certificate authority of the test's own in a temporary folder, made with the `openssl` command. */
export class TestAuthority {
  readonly folder: string;
  readonly caList: string;
  readonly #key: string;
  #issued = 0;

  constructor(name = 'kdmq test authority') {
    this.folder = mkdtempSync(join(tmpdir(), 'kdmq-tls-'));
    this.caList = join(this.folder, 'ca.pem');
    this.#key = join(this.folder, 'ca.key');
    openssl('req', '-x509', ...newKey(this.#key), '-subj', `/CN=${name}`, '-days', '30', '-out', this.caList);
  }

  /**
   * Issues a certificate. `names` is openssl's subjectAltName, as `DNS:node.test,IP:127.0.0.1`; with `days` below
   * zero it has expired already.
   */
  issue(names: string, days = 10, folder = join(this.folder, `issued-${this.#issued}`)): Certificate {
    this.#issued++;
    mkdirSync(folder, { recursive: true });
    const privateKey = join(folder, 'tls.key');
    const certificate = join(folder, 'tls.crt');
    const request = join(folder, 'request.pem');
    const extensions = join(folder, 'extensions');
    writeFileSync(extensions, `subjectAltName=${names}\n`);
    openssl('req', '-new', ...newKey(privateKey), '-subj', '/CN=node', '-out', request);
    const signed = ['-CA', this.caList, '-CAkey', this.#key, '-set_serial', String(this.#issued)];
    openssl(
      'x509',
      '-req',
      '-in',
      request,
      ...signed,
      '-days',
      String(days),
      '-extfile',
      extensions,
      '-out',
      certificate,
    );
    return { certificate, privateKey };
  }

  /** The transport's TLS options for such a certificate: mutual, the other side known by its address. */
  options(certificate: Certificate, more: Partial<TlsOptions> = {}): TlsOptions {
    return { ...certificate, caList: this.caList, requireCertificate: true, serverName: undefined, ...more };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function newKey(path: string): string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', path];
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
