import { describe, expect, it } from 'vitest';
import { Gossip } from '../../src/bus/gossip.ts';
import { News } from '../../src/bus/news.ts';
import { Notifier } from '../../src/bus/notifier.ts';
import { Prober } from '../../src/bus/prober.ts';
import { SeededRandom } from '../fakes/seeded-random.ts';
import { defaultPolicy, newDirectory } from './directory-with.ts';
import { RecordedTransport } from './recorded-transport.ts';

const host = '10.0.0.2';
const key = `udp:${host}:5060`;

/** A prober that watches one node; what it sends fails when the test says so. */
function newProber() {
  const { directory, clock, counters, join } = newDirectory();
  const transport = new RecordedTransport();
  const random = new SeededRandom(1);
  const news = new News({ directory, clock, random, send: () => {} });
  const gossip = new Gossip({
    directory,
    news,
    transport,
    clock,
    counters,
    probeFor: () => {},
    probeIntervalMs: () => 1_000,
  });
  const notifier = new Notifier({
    directory,
    transport,
    clock,
    random,
    counters,
    channel: () => 'notification_peer',
    hint: () => {},
    doubt: () => {},
  });
  const settings = () => ({ ...defaultPolicy, probe_interval: 1, ping_interval: 10 });
  const prober = new Prober({ directory, gossip, notifier, clock, random, settings });
  join(host);
  /** The time-outs of all that has been sent and not answered come `lateMs` after they were due: this process was held up. */
  const timeOut = (lateMs: number): void => {
    const open = transport.sent.splice(0);
    clock.advance(Math.max(...open.map(({ request }) => request.deadlineMs ?? 0)) + lateMs);
    for (const { done } of open) done({ ok: false, failure: 'timeout', detail: 'a test' });
  };
  const record = () => directory.get(key);
  return { prober, transport, timeOut, record };
}

describe('a probe without an answer', () => {
  it('is followed by a second opinion, and then the node is suspected', () => {
    const { prober, transport, timeOut, record } = newProber();
    prober.checkNow(key);
    timeOut(0);
    expect(transport.sent.map(({ request }) => request.carrier)).toEqual(['tcp']);
    timeOut(0);
    expect(record()?.claim.state).toBe('suspect');
  });

  it('proves nothing when its time-out comes late: this node was held up itself', () => {
    const { prober, transport, timeOut, record } = newProber();
    prober.checkNow(key);
    timeOut(150);
    expect(transport.sent).toEqual([]);
    expect(record()).toMatchObject({ claim: { state: 'alive' }, failCount: 0 });
  });

  it('proves nothing when the second opinion comes late', () => {
    const { prober, timeOut, record } = newProber();
    prober.checkNow(key);
    timeOut(0);
    timeOut(150);
    expect(record()?.claim.state).toBe('alive');
  });

  it('is sent again at once when it came late and the node’s host refuses connections', () => {
    const { prober, transport, timeOut } = newProber();
    prober.checkNow(key, true);
    timeOut(150);
    expect(transport.sent).toHaveLength(1);
  });
});
