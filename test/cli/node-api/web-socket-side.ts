import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const BINARY = 2;
const CLOSE = 8;

/** The server's side of a WebSocket (RFC 6455), as far as a port-forward needs it: whole binary messages. */
export class WebSocketSide {
  readonly #socket: Duplex;
  #rest = Buffer.alloc(0);

  /** Answers the upgrade. `onMessage` gets what the client sends, `onClose` is called when it has gone. */
  constructor(
    request: IncomingMessage,
    socket: Duplex,
    protocol: string,
    onMessage: (bytes: Buffer) => void,
    onClose: () => void,
  ) {
    this.#socket = socket;
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${GUID}`).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
    );
    socket.on('data', (bytes: Buffer) => {
      this.#rest = Buffer.concat([this.#rest, bytes]);
      for (let frame = this.#take(); frame !== undefined; frame = this.#take()) {
        if (frame.kind === BINARY) onMessage(frame.bytes);
        else if (frame.kind === CLOSE) this.close();
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', onClose);
  }

  send(bytes: Buffer): void {
    if (!this.#socket.writable) return;
    const head = Buffer.from([0x80 | BINARY, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
    head.writeBigUInt64BE(BigInt(bytes.length), 2);
    this.#socket.write(Buffer.concat([head, bytes]));
  }

  close(): void {
    if (this.#socket.writable) this.#socket.end(Buffer.from([0x80 | CLOSE, 0]));
  }

  /** A frame of the client, which is masked. */
  #take(): { readonly kind: number; readonly bytes: Buffer } | undefined {
    const rest = this.#rest;
    if (rest.length < 2) return undefined;
    const short = rest[1]! & 0x7f;
    const more = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (rest.length < 6 + more) return undefined;
    const length = more === 0 ? short : more === 2 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2));
    const start = 6 + more;
    if (rest.length < start + length) return undefined;
    const mask = rest.subarray(2 + more, start);
    const bytes = Buffer.from(rest.subarray(start, start + length).map((byte, index) => byte ^ mask[index % 4]!));
    this.#rest = rest.subarray(start + length);
    return { kind: rest[0]! & 0x0f, bytes };
  }
}
