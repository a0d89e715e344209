import { type SecureContextOptions, Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { formatHostPort } from '../../../core/node-uri.ts';
import type { HttpAddress } from '../../../core/settings.ts';
import { HttpListenError } from './http-listen-error.ts';

/** What an answer that is under way may still take when HTTP is stopped. */
const drainMs = 300;

/** Certificate and key, renewed while they are in use. */
export interface TlsMaterials {
  /** Rejects when they can't be used. `changed` is called after each renewal. */
  start(changed: () => void): Promise<void>;
  stop(): void;
  readonly material: SecureContextOptions;
}

export interface HttpServerParts {
  readonly app: FastifyInstance;
  readonly address: HttpAddress;
  /** Reads what says who may; rejects when that can't be read. */
  readonly tokens: { open(): Promise<void> };
  /** Undefined: HTTP without TLS. */
  readonly tls: TlsMaterials | undefined;
}

/** One socket that serves an app: from `start` to `stop`. */
export class HttpServer {
  readonly #parts: HttpServerParts;
  #starting: Promise<void> | undefined;

  constructor(parts: HttpServerParts) {
    this.#parts = parts;
  }

  /** `http://127.0.0.1:8080` */
  get url(): string {
    const { address, tls } = this.#parts;
    return `${tls === undefined ? 'http' : 'https'}://${formatHostPort(address)}`;
  }

  /** Rejects with a {@link HttpListenError}, or with what is wrong with the files that it needs. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Ends within a moment, answers that are under way or not. Idempotent. */
  async stop(): Promise<void> {
    const { app, tls } = this.#parts;
    await this.#starting?.catch(() => {});
    tls?.stop();
    const timer = setTimeout(() => app.server.closeAllConnections(), drainMs);
    await app.close();
    clearTimeout(timer);
  }

  async #start(): Promise<void> {
    const { app, address, tokens, tls } = this.#parts;
    await tokens.open();
    if (tls !== undefined) await this.#useTls(tls);
    await app.ready();
    try {
      await app.listen({ host: address.host, port: address.port, exclusive: true });
    } catch (cause) {
      throw new HttpListenError(address, cause);
    }
  }

  async #useTls(tls: TlsMaterials): Promise<void> {
    const { server } = this.#parts.app as { readonly server: unknown };
    if (!(server instanceof TlsServer)) throw new TypeError('a server without TLS got TLS files');
    const use = (): void => server.setSecureContext(tls.material);
    await tls.start(use);
    use();
  }
}
