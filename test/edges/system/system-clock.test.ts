import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { SystemClock } from '../../../src/edges/system/system-clock.ts';
import { clockContract } from './clock-contract.ts';

clockContract('SystemClock', () => ({ clock: new SystemClock(), pass: (ms) => delay(ms) }));

it('SystemClock lets what arrived during a pause of the process be read before the timers that are late', async () => {
  const clock = new SystemClock();
  const order: string[] = [];
  const receiver = createSocket('udp4', () => order.push('datagram'));
  receiver.bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const sender = createSocket('udp4');
  sender.connect(receiver.address().port, '127.0.0.1');
  await once(sender, 'connect');

  clock.after(10, () => order.push('timer of 10 ms'));
  clock.after(100, () => order.push('timer of 100 ms'));
  sender.send('x');
  const pauseEnds = performance.now() + 120;
  while (performance.now() < pauseEnds);

  await vi.waitFor(() => expect(order).toHaveLength(3), 5000);
  expect(order[0]).toBe('datagram');
  sender.close();
  receiver.close();
});
