import { type ClientRequest, type IncomingMessage, request } from 'node:http';

export interface HeardEvent {
  readonly id: string | undefined;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A client of a stream of server-sent events on a real socket. */
export class EventClient {
  readonly #asking: ClientRequest;
  readonly reply: IncomingMessage;
  /** All that came. */
  text = '';
  ended = false;

  private constructor(asking: ClientRequest, reply: IncomingMessage) {
    this.#asking = asking;
    this.reply = reply;
    reply.setEncoding('utf8');
    reply.on('error', () => {});
    reply.on('close', () => {
      this.ended = true;
    });
  }

  /** Resolves when the headers are there. */
  static connect(url: string, headers: Readonly<Record<string, string>> = {}): Promise<EventClient> {
    return new Promise((resolve, reject) => {
      const asking = request(url, { headers, agent: false }, (reply) =>
        resolve(new EventClient(asking, reply).listen()),
      );
      asking.on('error', reject);
      asking.end();
    });
  }

  listen(): this {
    this.reply.on('data', (text: string) => {
      this.text += text;
    });
    return this;
  }

  events(): HeardEvent[] {
    const blocks = this.text.split('\n\n').slice(0, -1);
    return blocks.flatMap((block) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      const type = field('event');
      return type === undefined ? [] : [{ id: field('id'), type, data: JSON.parse(field('data') ?? '') }];
    });
  }

  /** The id that came last, with an event or alone. */
  get lastId(): string | undefined {
    return [...this.text.matchAll(/^id: (.*)\n(?:.+\n)*\n/gm)].at(-1)?.[1];
  }

  [Symbol.dispose](): void {
    this.#asking.destroy();
  }
}
