import { type ClientRequest, type IncomingMessage, request } from 'node:http';

/** A client that follows a trace on a real socket. */
export class TraceClient {
  readonly reply: IncomingMessage;
  readonly #asking: ClientRequest;
  readonly #pieces: Buffer[] = [];
  ended = false;

  private constructor(asking: ClientRequest, reply: IncomingMessage) {
    this.#asking = asking;
    this.reply = reply;
    reply.on('error', () => {});
    reply.on('close', () => {
      this.ended = true;
    });
  }

  /** Resolves when the headers are there. With `reads: false` nothing more is read. */
  static connect(url: string, { reads = true } = {}): Promise<TraceClient> {
    return new Promise((resolve, reject) => {
      const asking = request(url, { agent: false }, (reply) => {
        const client = new TraceClient(asking, reply);
        if (reads) client.read();
        resolve(client);
      });
      asking.on('error', reject);
      asking.end();
    });
  }

  read(): void {
    this.reply.on('data', (piece: Buffer) => this.#pieces.push(piece));
  }

  bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  /** The lines of JSON so far: messages, and totals among them. */
  lines(): Record<string, unknown>[] {
    const lines = this.bytes().toString().split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  messages(): Record<string, unknown>[] {
    return this.lines().filter(({ time }) => time !== undefined);
  }

  [Symbol.dispose](): void {
    this.#asking.destroy();
  }
}
