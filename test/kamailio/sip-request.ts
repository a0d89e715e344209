import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';

export interface SipRequestOptions {
  readonly method: string;
  /** Where it is sent by UDP. */
  readonly address: string;
  readonly port?: number;
  readonly user: string;
  readonly body?: string | Buffer;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Loopback address that it is sent from. */
  readonly source?: string;
  readonly deadlineMs?: number;
}

/**
 * Sends one SIP request by UDP, written by hand so that tests don't trust the code under test, and resolves with the
 * status code of the final reply. Sent again each 500 ms; rejects when no reply came by the deadline.
 */
export function sipRequest(options: SipRequestOptions): Promise<number> {
  const { method, address, port = 5060, user, source = '127.0.0.1', deadlineMs = 10_000 } = options;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const id = randomBytes(8).toString('hex');
  const body = Buffer.from(options.body ?? '');
  const socket = createSocket('udp4');

  const write = () => {
    const head = [
      `${method} sip:${user}@${address}:${port} SIP/2.0`,
      `Via: SIP/2.0/UDP ${source}:${socket.address().port};branch=z9hG4bK${id};rport`,
      'Max-Forwards: 70',
      `From: <sip:test@${source}>;tag=${id}`,
      `To: <sip:${user}@${address}:${port}>`,
      `Call-ID: ${id}`,
      `CSeq: 1 ${method}`,
      ...(options.headers ?? []).map(([name, value]) => `${name}: ${value}`),
      ...(body.length > 0 ? ['Content-Type: text/plain'] : []),
      `Content-Length: ${body.length}`,
      '\r\n',
    ];
    return Buffer.concat([Buffer.from(head.join('\r\n')), body]);
  };

  let again: NodeJS.Timeout | undefined;
  const deadline = setTimeout(() => end(() => reject(new Error(`${method} to ${address}: no reply`))), deadlineMs);
  const end = (settle: () => void) => {
    clearTimeout(deadline);
    clearInterval(again);
    socket.close();
    settle();
  };
  socket.once('error', (error) => end(() => reject(error)));
  socket.on('message', (reply) => {
    const code = Number(/^SIP\/2\.0 (\d{3}) /.exec(reply.toString('latin1'))?.[1]);
    if (code >= 200) end(() => resolve(code));
  });
  socket.bind(0, source, () => {
    const message = write();
    const send = () => socket.send(message, port, address);
    again = setInterval(send, 500);
    send();
  });
  return promise;
}
