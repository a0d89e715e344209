import { describe, expect, it } from 'vitest';
import { NeighbourWatch } from '../../src/bus/neighbour-watch.ts';
import { newDirectory } from './directory-with.ts';
import { RecordedTransport } from './recorded-transport.ts';

const hosts = ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6'];

function newWatch(nodes: readonly string[] = hosts) {
  const { directory, clock, join, end } = newDirectory();
  const transport = new RecordedTransport();
  const suspected: string[] = [];
  const suspect = (key: string, refused: boolean): void => void suspected.push(`${key} refused: ${refused}`);
  const watch = new NeighbourWatch({ directory, transport, clock, suspect });
  for (const host of nodes) join(host);
  clock.advance(50);
  return { watch, transport, suspected, clock, join, end };
}

describe('neighbours', () => {
  it('are the three that follow on the ring, each held by one TCP connection', () => {
    const { transport } = newWatch();
    expect(new Set(transport.heldHosts()).size).toBe(3);
    expect(transport.holds.every((held) => held.target.transport === 'tcp')).toBe(true);
  });

  it('are all in a small bus', () => {
    expect(newWatch(['10.0.0.2']).transport.heldHosts()).toEqual(['10.0.0.2']);
  });

  it('that offer no TCP are not held', () => {
    const { join, transport, clock } = newWatch([]);
    join('10.0.0.9', 'kamailio');
    clock.advance(50);
    expect(transport.holds).toEqual([]);
  });

  it('that go make room for the next', () => {
    const { transport, clock, end } = newWatch();
    const gone = transport.heldHosts()[0]!;
    end(gone, 'silent');
    clock.advance(50);
    expect(transport.heldHosts()).not.toContain(gone);
    expect(transport.heldHosts()).toHaveLength(3);
  });
});

describe('a connection that', () => {
  it('ends and is refused when tried again means that the process has ended', () => {
    const { transport, suspected } = newWatch(['10.0.0.2']);
    transport.holds[0]!.lost('closed');
    expect(suspected).toEqual([]);
    transport.holds[1]!.lost('refused');
    expect(suspected).toEqual(['udp:10.0.0.2:5060 refused: true']);
  });

  it('ends and is closed at each of three attempts casts a doubt only', () => {
    const { transport, suspected, clock } = newWatch(['10.0.0.2']);
    transport.holds[0]!.lost('closed');
    transport.holds[1]!.lost('closed');
    clock.advance(50);
    transport.holds[2]!.lost('closed');
    clock.advance(50);
    expect(suspected).toEqual([]);
    transport.holds[3]!.lost('closed');
    expect(suspected).toEqual(['udp:10.0.0.2:5060 refused: false']);
  });

  it('ends, is accepted once more and then refused means that the process has ended: its listener was closed last', () => {
    const { transport, suspected, clock } = newWatch(['10.0.0.2']);
    transport.holds[0]!.lost('closed');
    transport.holds[1]!.lost('closed');
    clock.advance(50);
    transport.holds[2]!.lost('refused');
    expect(suspected).toEqual(['udp:10.0.0.2:5060 refused: true']);
  });

  it('was made again and ends long after is tried again as if it were the first', () => {
    const { transport, suspected, clock } = newWatch(['10.0.0.2']);
    transport.holds[0]!.lost('closed');
    clock.advance(60_000);
    transport.holds[1]!.lost('closed');
    transport.holds[2]!.lost('refused');
    expect(suspected).toEqual(['udp:10.0.0.2:5060 refused: true']);
  });

  it('ends and can be made again means nothing', () => {
    const { transport, suspected, clock } = newWatch(['10.0.0.2']);
    transport.holds[0]!.lost('closed');
    clock.advance(60_000);
    expect(suspected).toEqual([]);
    expect(transport.holds).toHaveLength(2);
  });

  it('never could be made proves nothing, and is tried again after five seconds', () => {
    const { transport, suspected, clock } = newWatch(['10.0.0.2']);
    transport.holds[0]!.lost('refused');
    clock.advance(4_999);
    expect(transport.holds).toHaveLength(1);
    clock.advance(5_001);
    expect(transport.holds).toHaveLength(2);
    expect(suspected).toEqual([]);
  });
});

it('a watch that stops closes what it holds and holds nothing more', () => {
  const { watch, transport, clock, join, suspected } = newWatch();
  watch.stop();
  expect(transport.heldHosts()).toEqual([]);
  join('10.0.0.7');
  clock.advance(60_000);
  transport.holds[0]!.lost('closed');
  expect(transport.heldHosts()).toEqual([]);
  expect(suspected).toEqual([]);
});
