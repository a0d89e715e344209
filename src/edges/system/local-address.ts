import { createSocket } from 'node:dgram';

/**
 * The own IP address from which the kernel would send to an IP address. Nothing is sent. Rejects when there is no way there, or none
 * within `deadlineMs`.
 */
export function localAddressTowards(host: string, port: number, deadlineMs = 1_000): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const deadline = setTimeout(() => reject(new Error('the kernel names no address')), deadlineMs);
  socket.once('error', reject);
  socket.connect(port, host, () => resolve(socket.address().address));
  return promise.finally(() => {
    clearTimeout(deadline);
    socket.close();
  });
}
