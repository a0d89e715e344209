import { createSocket } from 'node:dgram';

/** One datagram, and the first reply to it. */
export interface Exchange {
  readonly from: string;
  readonly to: string;
  readonly message: string;
  /** How often it is sent, at once. */
  readonly times?: number;
  readonly deadlineMs?: number;
}

/** Sends a datagram written by hand; resolves with the replies, one for each sending, or those that came by the deadline. */
export function exchange({ from, to, message, times = 1, deadlineMs = 5_000 }: Exchange): Promise<string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string[]>();
  const socket = createSocket('udp4');
  const replies: string[] = [];
  const end = () => {
    clearTimeout(deadline);
    socket.close();
    resolve(replies);
  };
  const deadline = setTimeout(end, deadlineMs);
  socket.on('error', reject);
  socket.on('message', (reply) => {
    replies.push(reply.toString());
    if (replies.length === times) end();
  });
  socket.bind(5060, from, () => {
    for (let sent = 0; sent < times; sent++) socket.send(message, 5060, to);
  });
  return promise;
}

let branches = 0;

/** A KDMQ request as Kamailio writes it. */
export function kdmq(from: string, to: string, channel: string, body: string, maxForwards = 1): string {
  branches += 1;
  return [
    `KDMQ sip:${channel}@${to}:5060 SIP/2.0`,
    `Via: SIP/2.0/UDP ${from};branch=z9hG4bK${process.pid}.${branches}`,
    `To: <sip:${channel}@${to}:5060>`,
    `From: <sip:${channel}@${from}:5060>;tag=t${branches}`,
    'CSeq: 10 KDMQ',
    `Call-ID: ${branches}@${from}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'User-Agent: kamailio (5.6.3 (x86_64/linux))',
    `Max-Forwards: ${maxForwards}`,
    'Content-Type: text/plain',
    '',
    body,
  ].join('\r\n');
}
