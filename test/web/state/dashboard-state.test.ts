import { describe, expect, it } from 'vitest';
import type { Channel, Queue, ThisNode } from '../../../web/state/api-answers.ts';
import { afterwards, type DashboardState, type Happening, nothingYet } from '../../../web/state/dashboard-state.ts';

const stateAfter = (...happenings: readonly Happening[]): DashboardState => happenings.reduce(afterwards, nothingYet);
const channel = (received: number): Channel => ({
  name: 'calls',
  role: 'peer',
  counts: { received: { '2xx': received, '4xx': 1 }, sent: {} },
});
const channels = (at: number, received: number): Happening => ({ kind: 'channels', at, channels: [channel(received)] });
const queue = (size: number): Queue => ({
  name: 'q',
  state: 'ready',
  definition: 'name=q',
  durability: 'none',
  leaseMs: 0,
  size,
  delayed: 0,
  leased: 0,
  bytes: 0,
  oldestMs: 5,
  waiting: 0,
  counts: { added: 0, fetched: 0, expired: 0, deadLettered: 0, refused: 0, dropped: {} },
});
const queues = (size: number, isSample = true): Happening => ({ kind: 'queues', queues: [queue(size)], isSample });
const status = (instance: string) => ({ kind: 'status', status: { instance } as ThisNode }) as const;

describe('messages a second', () => {
  it('are what came between two looks', () => {
    const [shown] = stateAfter(channels(1_000, 10), channels(3_000, 30)).channels;
    expect(shown).toMatchObject({ received: 31, receivedRates: [0, 10], sentRates: [0, 0] });
  });

  it('begin anew with another life of the node', () => {
    const { channels: shown } = stateAfter(status('a'), channels(1_000, 500), status('b'), channels(3_000, 3));
    expect(shown[0]?.receivedRates).toEqual([0]);
  });

  it('are kept for ten minutes', () => {
    const looks = Array.from({ length: 1_000 }, (_, index) => channels(index * 1_000, index));
    expect(stateAfter(...looks).channels[0]?.receivedRates).toHaveLength(300);
  });
});

describe('the depth of a queue', () => {
  it('is a point at each look, and what an event says is shown at once', () => {
    const { oldestMs: _, ...told } = queue(9);
    const [shown] = stateAfter(queues(1), queues(2), queues(7, false), { kind: 'queue', queue: told }).queues;
    expect(shown).toMatchObject({ size: 9, oldestMs: 5, depths: [1, 2] });
  });

  it('goes without the reason for which the queue could not be used, when that is over', () => {
    const failed = { ...queue(1), state: 'failed', why: 'the store is away' };
    const seen: Happening = { kind: 'queues', queues: [failed], isSample: true };
    const { oldestMs: _, ...told } = queue(1);
    expect(stateAfter(seen).queues[0]).toMatchObject({ state: 'failed', why: 'the store is away' });
    const [shown] = stateAfter(seen, { kind: 'queue', queue: told }).queues;
    expect([shown?.state, shown?.why]).toEqual(['ready', undefined]);
  });

  it('is forgotten with the queue', () => {
    expect(stateAfter(queues(1), { kind: 'queues', queues: [], isSample: true }, queues(2)).queues[0]?.depths).toEqual([
      2,
    ]);
  });
});

describe('the connection', () => {
  const lost = (at: number): Happening => ({ kind: 'lost', at, why: 'closed' });

  it('is lost from the first failure on, and what was seen stays', () => {
    const state = stateAfter({ kind: 'connected' }, queues(1), lost(100), lost(200));
    expect(state.connection).toEqual({ kind: 'lost', since: 100, why: 'closed' });
    expect(state.queues).toHaveLength(1);
    expect(afterwards(state, { kind: 'connected' }).connection).toEqual({ kind: 'live' });
  });

  it('shows nothing any more to who is not let in', () => {
    const state = stateAfter({ kind: 'connected' }, queues(1), { kind: 'barred', needsToken: true, detail: 'x' });
    expect(state).toEqual({ ...nothingYet, barrier: { needsToken: true, detail: 'x' } });
  });
});

it('300 events are kept', () => {
  const told = Array.from(
    { length: 400 },
    (_, at): Happening => ({ kind: 'told', event: { at, type: 'node', text: '', isBad: false } }),
  );
  const kept = stateAfter(...told).told;
  expect([kept.length, kept[0]?.at, kept.at(-1)?.number]).toEqual([300, 100, 400]);
});
