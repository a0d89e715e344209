import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { ClusterError } from '../../core/kubernetes/cluster-error.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import { apiError } from './api-error.ts';
import type { ServiceAccount } from './service-account.ts';

/** A PING this often; without an answer for this long the connection is dead. */
const pingMs = 300;
const silentMs = 1_000;
/** From the first packet to a TLS session. */
const connectMs = 1_500;
const maxErrorBytes = 65_536;

/**
 * One HTTP/2 connection to the API server for all watches, made when it is needed. PINGs find a dead one within a second; when it is
 * dead, or the server says that it ends, every request on it fails and the next one makes a new connection.
 */
export class ApiSession {
  readonly #account: ServiceAccount;
  readonly #clock: Clock;
  #session: Promise<ClientHttp2Session> | undefined;
  #closed = false;

  constructor(account: ServiceAccount, clock: Clock) {
    this.#account = account;
    this.#clock = clock;
  }

  /** Sends a GET; resolves when the server has answered 200. Rejects with a ClusterError. */
  async get(path: string, signal: AbortSignal): Promise<ClientHttp2Stream> {
    const token = await this.#account.token().catch((cause: unknown) => {
      throw new ClusterError('UNAUTHORIZED', `the token can't be read: ${String(cause)}`);
    });
    const session = await this.#connected();
    const what = path.split('?', 1)[0] ?? '';
    if (signal.aborted || session.destroyed) throw unreachable(what, 'the connection is closed');
    const stream = session.request({ ':path': path, accept: 'application/json', authorization: `Bearer ${token}` });
    // A request that is not wanted any more is ended; the others on the connection go on.
    const end = (): void => stream.close();
    signal.addEventListener('abort', end, { once: true });
    stream.once('close', () => signal.removeEventListener('abort', end));
    return await answered(stream, what);
  }

  close(): void {
    this.#closed = true;
    void this.#session?.then((session) => session.destroy()).catch(() => {});
    this.#session = undefined;
  }

  #connected(): Promise<ClientHttp2Session> {
    if (this.#closed) return Promise.reject(unreachable('', 'the node stops'));
    if (this.#session !== undefined) return this.#session;
    const made = this.#connect();
    this.#session = made;
    const forget = (): void => {
      if (this.#session === made) this.#session = undefined;
    };
    made.then((session) => session.once('close', forget), forget);
    return made;
  }

  async #connect(): Promise<ClientHttp2Session> {
    const { server } = this.#account;
    const authority = await this.#account.authority().catch((cause: unknown) => {
      throw unreachable(server, `the certificates of its authority can't be read: ${String(cause)}`);
    });
    if (this.#closed) throw unreachable(server, 'the node stops');
    const session = connect(server, { ca: authority });
    session.unref();
    return await new Promise((resolve, reject) => {
      let cause = 'no connection in time';
      const deadline = this.#clock.after(connectMs, () => session.destroy());
      const pings = new Pings(session, this.#clock);
      session.once('connect', () => {
        deadline.cancel();
        pings.start();
        resolve(session);
      });
      session.on('error', (error) => {
        cause = error.message;
      });
      // The server ends: it may go on answering old requests for half a minute, while nothing happens on a watch any more.
      session.once('goaway', () => session.destroy());
      session.once('close', () => {
        deadline.cancel();
        pings.stop();
        reject(unreachable(server, cause));
      });
    });
  }
}

/** Asks again and again whether the other side is there, and destroys the session when it is not. */
class Pings {
  readonly #session: ClientHttp2Session;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #answeredAt = 0;
  #askedAt = 0;

  constructor(session: ClientHttp2Session, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
  }

  start(): void {
    this.#answeredAt = this.#clock.now();
    this.#askedAt = this.#answeredAt;
    this.#after();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #after(): void {
    this.#timer = this.#clock.after(pingMs, () => this.#ask());
  }

  #ask(): void {
    const now = this.#clock.now();
    if (this.#session.destroyed) return;
    // Held up itself, this process may only not have read the answers.
    if (now - this.#askedAt > silentMs) this.#answeredAt = now;
    if (now - this.#answeredAt >= silentMs) {
      this.#session.destroy(new Error(`no answer to a PING for ${Math.round(now - this.#answeredAt)} ms`));
      return;
    }
    this.#askedAt = now;
    this.#session.ping((error) => {
      if (error === null) this.#answeredAt = this.#clock.now();
    });
    this.#after();
  }
}

/** Waits for the headers. Anything but 200 is read, a little of it, and made an error. */
function answered(stream: ClientHttp2Stream, what: string): Promise<ClientHttp2Stream> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(unreachable(what, stream.rstCode === 0 ? 'no answer' : 'the connection broke'));
    stream.once('error', fail);
    stream.once('close', fail);
    stream.once('response', (headers) => {
      const status = Number(headers[':status']);
      if (status === 200) {
        stream.off('close', fail);
        resolve(stream);
        return;
      }
      const parts: Buffer[] = [];
      let bytes = 0;
      stream.on('data', (part: Buffer) => {
        bytes += part.length;
        if (bytes <= maxErrorBytes) parts.push(part);
      });
      stream.once('end', () => {
        const retryAfter = headers['retry-after'];
        reject(apiError(what, status, parsed(parts), typeof retryAfter === 'string' ? retryAfter : undefined));
      });
    });
  });
}

function parsed(parts: readonly Buffer[]): unknown {
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    return undefined;
  }
}

export function unreachable(what: string, detail: string): ClusterError {
  return new ClusterError('UNREACHABLE', `${what}: ${detail}`);
}
