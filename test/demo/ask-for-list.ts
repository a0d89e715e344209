import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { formatHostPort, type NodeUri } from '../../src/core/node-uri.ts';
import { type NotificationLine, readNotification } from '../../src/core/notification.ts';

/**
 * Asks a node, ours or a Kamailio, which nodes it holds as active: a notification that names nobody, so nobody is added
 * by it. By UDP, sent again each 300 ms. Rejects when no 200 came by the deadline, or another final reply.
 */
export function askForList(node: NodeUri, deadlineMs = 2_000): Promise<readonly NotificationLine[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly NotificationLine[]>();
  const ipv6 = node.host.includes(':');
  const socket = createSocket(ipv6 ? 'udp6' : 'udp4');
  let again: NodeJS.Timeout | undefined;
  const end = (settle: () => void) => {
    clearTimeout(deadline);
    clearInterval(again);
    socket.close();
    settle();
  };
  const deadline = setTimeout(() => {
    end(() => reject(new Error(`${formatHostPort(node)} does not answer`)));
  }, deadlineMs);
  socket.once('error', (error) => end(() => reject(error)));
  socket.on('message', (bytes) => {
    const [head = '', body = ''] = split(bytes.toString('utf8'));
    const code = Number(/^SIP\/2\.0 (\d{3}) /.exec(head)?.[1]);
    if (code === 200) end(() => resolve(readNotification(body).lines));
    else if (code > 200) end(() => reject(new Error(`${formatHostPort(node)} answers ${code}`)));
  });
  socket.bind(0, ipv6 ? '::1' : '127.0.0.1', () => {
    const message = emptyNotification(node, formatHostPort({ host: ipv6 ? '::1' : '127.0.0.1', ...port(socket) }));
    const send = () => socket.send(message, node.port, node.host);
    again = setInterval(send, 300);
    send();
  });
  return promise;
}

function port(socket: ReturnType<typeof createSocket>): { port: number } {
  return { port: socket.address().port };
}

function split(message: string): string[] {
  const end = message.indexOf('\r\n\r\n');
  return end < 0 ? [message] : [message.slice(0, end), message.slice(end + 4)];
}

function emptyNotification(node: NodeUri, own: string): string {
  const id = randomBytes(8).toString('hex');
  const uri = `sip:notification_peer@${formatHostPort(node)}`;
  return [
    `KDMQ ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP ${own};branch=z9hG4bK${id};rport`,
    `From: <sip:notification_peer@${own}>;tag=${id}`,
    `To: <${uri}>`,
    `Call-ID: ${id}`,
    'CSeq: 1 KDMQ',
    'Max-Forwards: 1',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');
}
