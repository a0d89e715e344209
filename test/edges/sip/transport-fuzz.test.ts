import { describe, expect, it, vi } from 'vitest';
import { SeededRandom } from '../../fakes/seeded-random.ts';
import { PATIENCE, rawTcp, rawUdp, replyText, requestText, startNode } from './loopback-node.ts';

const random = new SeededRandom(20_261_122);
const below = (limit: number): number => Math.floor(random.fraction() * limit);

/** Bytes that are no message, half a message, or a message with some bytes changed. */
function spoiled(transport: 'UDP' | 'TCP'): Buffer {
  const kind = below(4);
  if (kind === 0) return Buffer.from(Array.from({ length: below(300) }, () => below(256)));
  const body = 'b'.repeat(below(50));
  const whole = requestText({ transport, body, method: below(3) === 0 ? 'OPTIONS' : 'KDMQ' });
  const message = Buffer.from(below(4) === 0 ? replyText(whole, 100 + below(700)) : whole);
  if (kind === 1) return message.subarray(0, below(message.length));
  for (let changes = 1 + below(6); changes > 0; changes--) {
    const at = below(message.length);
    const special = [0, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x40, 0x5b, 0xff];
    message[at] = below(2) === 0 ? below(256) : special[below(special.length)]!;
  }
  return message;
}

describe('random bytes', () => {
  it('do the node no harm over UDP', async () => {
    const node = await startNode(['udp']);
    const peer = await rawUdp();
    for (let round = 0; round < 100; round++) {
      for (let index = 0; index < 40; index++) peer.send(spoiled('UDP'), node.uri());
      const branch = `z9hG4bKround${round}.`;
      peer.send(requestText({ branch }), node.uri());
      await vi.waitFor(() => expect(peer.received.join('')).toContain(branch), PATIENCE);
      peer.received.length = 0;
    }
    expect(node.requests.length).toBeGreaterThan(100);
  });

  it('do the node no harm over TCP', async () => {
    const node = await startNode(['tcp']);
    for (let round = 0; round < 150; round++) {
      const client = await rawTcp(node.uri());
      for (let index = 0; index < 10; index++) client.send(spoiled('TCP'));
      const ending = below(3);
      if (ending === 0) client.socket.end();
      if (ending === 1) client.socket.resetAndDestroy();
    }
    const client = await rawTcp(node.uri());
    client.send(requestText({ transport: 'TCP', branch: 'z9hG4bKlast' }));
    await vi.waitFor(() => expect(client.text()).toContain('z9hG4bKlast'), PATIENCE);
  });
});
