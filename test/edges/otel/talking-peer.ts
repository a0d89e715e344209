import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** What answers each SIP request over TCP, and speaks up itself on the connection that it was asked on. `await using` ends it. */
export class TalkingPeer {
  readonly #server: Server;
  readonly #host: string;
  #asked: Socket | undefined;

  private constructor(server: Server, host: string) {
    this.#server = server;
    this.#host = host;
    server.on('connection', (socket) => {
      socket.on('data', (bytes) => {
        const text = bytes.toString();
        if (text.startsWith('SIP/2.0')) return;
        this.#asked = socket;
        const same = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map(
          (name) => new RegExp(`^${name}:.*$`, 'm').exec(text)?.[0],
        );
        socket.write(['SIP/2.0 200 OK', ...same, 'Content-Length: 0', '', ''].join('\r\n'));
      });
    });
  }

  static async start(host: string): Promise<TalkingPeer> {
    const server = createServer().listen(5060, host);
    await once(server, 'listening');
    return new TalkingPeer(server, host);
  }

  get uri(): string {
    return `sip:${this.#host}:5060;transport=tcp`;
  }

  /** Sends a message to a channel. */
  say(channel: string, host: string): void {
    const lines = [
      `KDMQ sip:${channel}@${host}:5060 SIP/2.0`,
      `Via: SIP/2.0/TCP ${this.#host}:5060;branch=z9hG4bK1`,
      `From: <sip:${channel}@${this.#host}:5060>;tag=1`,
      `To: <sip:${channel}@${host}:5060>`,
      'Call-ID: 1',
      'CSeq: 1 KDMQ',
      'Max-Forwards: 1',
      'Content-Type: text/plain',
      'Content-Length: 2',
    ];
    this.#asked?.write(`${lines.join('\r\n')}\r\n\r\nhi`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#asked?.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
