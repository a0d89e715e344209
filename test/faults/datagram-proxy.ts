import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/**
 * Listens on port 5060 of `host` and passes what comes on to `target`, each datagram twice and each copy after a random
 * while, so that their order is lost; replies go back the same way.
 */
export async function startDatagramProxy(host: string, target: string): Promise<AsyncDisposable & { passed: number }> {
  const socket = createSocket('udp4');
  const timers = new Set<NodeJS.Timeout>();
  let client = 0;
  let clientHost = '';
  const proxy = {
    passed: 0,
    [Symbol.asyncDispose]: async () => {
      for (const timer of timers) clearTimeout(timer);
      socket.close();
      await once(socket, 'close');
    },
  };
  socket.on('message', (bytes, from) => {
    const isReply = from.address === target;
    if (!isReply) [client, clientHost] = [from.port, from.address];
    for (let copy = 0; copy < 2; copy++) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        proxy.passed += 1;
        if (isReply) socket.send(bytes, client, clientHost);
        else socket.send(bytes, 5060, target);
      }, Math.random() * 100);
      timers.add(timer);
    }
  });
  socket.bind(5060, host);
  await once(socket, 'listening');
  return proxy;
}
