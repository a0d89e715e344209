import { describe, expect, it } from 'vitest';
import { Replicator } from '../../src/bus/replicator.ts';
import { newDirectory } from './directory-with.ts';
import { RecordedTransport, requestOf } from './recorded-transport.ts';

function newReplicator() {
  const { directory, join, end } = newDirectory();
  const transport = new RecordedTransport();
  for (const host of ['10.0.0.2', '10.0.0.3']) join(host);
  return { replicator: new Replicator(directory, transport), transport, end };
}
const register = (from: string) => requestOf('', { method: 'REGISTER', from });

describe('a request to replicate', () => {
  it('goes as it came to every active node', () => {
    const { replicator, transport, end } = newReplicator();
    const request = register('192.0.2.1');
    expect(replicator.replicate(request, {})).toBe(2);
    expect(transport.relayed.map(({ target }) => target.host).sort()).toEqual(['10.0.0.2', '10.0.0.3']);
    expect(transport.relayed.every((relayed) => relayed.request === request)).toBe(true);
    end('10.0.0.2', 'silent');
    expect(replicator.replicate(request, {})).toBe(1);
  });

  it('that came from a node is replicated already', () => {
    const { replicator, transport } = newReplicator();
    expect(replicator.replicate(register('10.0.0.2'), {})).toBe(0);
    expect(transport.relayed).toEqual([]);
  });

  it('that came from a node is relayed when the loop test is skipped', () => {
    expect(newReplicator().replicator.replicate(register('10.0.0.2'), { skipLoopTest: true })).toBe(2);
  });
});

describe('a request is from a node', () => {
  it.each([
    ['by its source address', '10.0.0.2', true],
    ['not by that of this node itself', '10.0.0.1', false],
    ['not by any other', '192.0.2.1', false],
  ])('%s', (_what, from, expected) => {
    expect(newReplicator().replicator.isFromNode(register(from))).toBe(expected);
  });
});
