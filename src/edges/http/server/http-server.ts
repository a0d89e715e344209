import type { FastifyInstance } from 'fastify';
import { formatHostPort } from '../../../core/node-uri.ts';
import type { HttpAddress } from '../../../core/settings.ts';
import { HttpListenError } from './http-listen-error.ts';

/** What an answer that is under way may still take when HTTP is stopped. */
const drainMs = 300;

/** One socket that serves an app: from `start` to `stop`. */
export class HttpServer {
  readonly #app: FastifyInstance;
  readonly #address: HttpAddress;
  #starting: Promise<void> | undefined;

  constructor(app: FastifyInstance, address: HttpAddress) {
    this.#app = app;
    this.#address = address;
  }

  /** `http://127.0.0.1:8080` */
  get url(): string {
    return `http://${formatHostPort(this.#address)}`;
  }

  /** Rejects with a {@link HttpListenError}. */
  start(): Promise<void> {
    this.#starting ??= this.#listen();
    return this.#starting;
  }

  async #listen(): Promise<void> {
    await this.#app.ready();
    try {
      await this.#app.listen({ host: this.#address.host, port: this.#address.port, exclusive: true });
    } catch (cause) {
      throw new HttpListenError(this.#address, cause);
    }
  }

  /** Ends within a moment, answers that are under way or not. Idempotent. */
  async stop(): Promise<void> {
    await this.#starting?.catch(() => {});
    const timer = setTimeout(() => this.#app.server.closeAllConnections(), drainMs);
    await this.#app.close();
    clearTimeout(timer);
  }
}
