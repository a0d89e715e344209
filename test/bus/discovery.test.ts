import { describe, expect, it } from 'vitest';
import { Discovery } from '../../src/bus/discovery.ts';
import { formatNodeUri, type NodeUri } from '../../src/core/node-uri.ts';
import type { NotificationAddress, Resolution } from '../../src/ports/resolver.ts';
import { uriOf } from '../core/records.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { MemoryCounters } from '../fakes/memory-counters.ts';
import { MemoryLog } from '../fakes/memory-log.ts';
import { SeededRandom } from '../fakes/seeded-random.ts';

const named = (...hosts: readonly string[]): Resolution => ({ nodes: hosts.map(uriOf), errors: [] });
const partly = (...hosts: readonly string[]): Resolution => ({ nodes: hosts.map(uriOf), errors: ['AAAA: time-out'] });
const failed: Resolution = { nodes: [], errors: ['SERVFAIL'] };
const address = (host: string): NotificationAddress => ({ host, port: undefined, transport: 'udp' });

function newDiscovery(addresses: readonly NotificationAddress[] = [address('kdmq.test')]) {
  const clock = new FakeClock();
  const log = new MemoryLog();
  const counters = new MemoryCounters();
  const state = { answer: (_host: string): Resolution | Promise<Resolution> => named(), fellows: 0, closed: false };
  const asked: { readonly host: string; readonly multi: boolean; readonly signal: AbortSignal; readonly at: number }[] =
    [];
  const found: string[][] = [];
  const discovery = new Discovery({
    resolver: {
      resolve: async ({ host }, multi, signal) => {
        asked.push({ host, multi, signal, at: clock.now() });
        return state.answer(host);
      },
      close: () => {
        state.closed = true;
      },
    },
    clock,
    random: new SeededRandom(1),
    log,
    counters,
    settings: () => ({ notification_address: addresses, multi_notify: true }),
    fellows: () => state.fellows,
    found: (uris: readonly NodeUri[]) => void found.push(uris.map(({ host }) => host)),
  });
  const pass = async (ms: number): Promise<void> => {
    await clock.advanceAsync(ms);
  };
  return { discovery, clock, log, counters, state, asked, found, pass };
}

describe('DNS is asked', () => {
  it('at once, each second while this node is alone, each five seconds later, for ever', async () => {
    const { discovery, asked, state, pass } = newDiscovery();
    discovery.start();
    await pass(10_000);
    const alone = asked.length;
    expect(alone).toBeGreaterThanOrEqual(8);
    expect(alone).toBeLessThanOrEqual(14);
    state.fellows = 3;
    await pass(1_500);
    const before = asked.length;
    await pass(100_000);
    expect(asked.length - before).toBeGreaterThanOrEqual(16);
    expect(asked.length - before).toBeLessThanOrEqual(27);
  });

  it('more seldom by each node of a large bus', async () => {
    const { discovery, asked, state, pass } = newDiscovery();
    state.fellows = 1_000;
    discovery.start();
    await pass(500_000);
    expect(asked.length).toBeLessThanOrEqual(15);
  });

  it('for all notification addresses; what two of them name is one node', async () => {
    const { discovery, state, found, pass } = newDiscovery([address('a.test'), address('b.test')]);
    state.answer = (host) => (host === 'a.test' ? named('10.0.0.2', '10.0.0.3') : named('10.0.0.3', '10.0.0.4'));
    discovery.start();
    await pass(0);
    expect(found[0]).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.4']);
  });

  it('with a deadline', async () => {
    const { discovery, asked, state, pass } = newDiscovery();
    state.answer = () => new Promise(() => {});
    discovery.start();
    await pass(3_999);
    expect(asked[0]!.signal.aborted).toBe(false);
    await pass(1);
    expect(asked[0]!.signal.aborted).toBe(true);
  });

  it('no more after the stop, which also ends what is under way', async () => {
    const { discovery, asked, state, found, pass } = newDiscovery();
    let answer = (_resolution: Resolution): void => {};
    state.answer = () => new Promise((resolve) => (answer = resolve));
    discovery.start();
    await pass(0);
    discovery.stop();
    expect([asked[0]!.signal.aborted, state.closed]).toEqual([true, true]);
    answer(named('10.0.0.2'));
    await pass(60_000);
    expect([asked.length, found.length]).toEqual([1, 0]);
  });
});

describe('what is looked for', () => {
  /** What was found after each of these answers in turn. */
  async function foundAfter(...answers: readonly Resolution[]): Promise<string[] | undefined> {
    const { discovery, state, found, pass } = newDiscovery();
    let round = 0;
    state.answer = () => answers[Math.min(round++, answers.length - 1)]!;
    discovery.start();
    await pass(10_000);
    return found.at(-1);
  }

  it.each([
    ['what DNS names', [named('10.0.0.2')], ['10.0.0.2']],
    ['no more what it names no more', [named('10.0.0.2'), named('10.0.0.3')], ['10.0.0.3']],
    ['through failures what the last good answer named', [named('10.0.0.2'), failed], ['10.0.0.2']],
    ['what an incomplete answer names, beside that', [named('10.0.0.2'), partly('10.0.0.3')], ['10.0.0.2', '10.0.0.3']],
    ['nothing where nothing was ever named', [failed], []],
  ])('%s', async (_what, answers, expected) => {
    expect(await foundAfter(...answers)).toEqual(expected);
  });

  it('what only incomplete answers of long ago named is forgotten after ten minutes', async () => {
    const { discovery, state, found, pass } = newDiscovery();
    state.fellows = 1;
    state.answer = () => named('10.0.0.2', '10.0.0.3');
    discovery.start();
    await pass(0);
    state.answer = () => partly('10.0.0.3');
    await pass(590_000);
    expect(found.at(-1)).toEqual(['10.0.0.2', '10.0.0.3']);
    await pass(20_000);
    expect(found.at(-1)).toEqual(['10.0.0.3']);
  });
});

it('the last good answer stays for as long as DNS names nobody at all', async () => {
  const { discovery, state, found, pass } = newDiscovery();
  state.fellows = 1;
  state.answer = () => named('10.0.0.2');
  discovery.start();
  await pass(0);
  state.answer = () => failed;
  await pass(86_400_000);
  expect(found.at(-1)).toEqual(['10.0.0.2']);
});

describe('a failure', () => {
  it('is said once, with what is held, and once that it is over; each is counted', async () => {
    const { discovery, state, log, counters, pass } = newDiscovery();
    state.answer = () => named('10.0.0.2');
    discovery.start();
    await pass(0);
    state.answer = () => failed;
    await pass(20_000);
    state.answer = () => named('10.0.0.2');
    await pass(2_000);
    expect(log.lines).toEqual([
      {
        level: 'warn',
        message: 'notification_address not resolved',
        fields: { host: 'kdmq.test', errors: 'SERVFAIL', held: [formatNodeUri(uriOf('10.0.0.2'))] },
      },
      { level: 'info', message: 'notification_address resolved again', fields: { host: 'kdmq.test', found: 1 } },
    ]);
    expect(counters.value('dns_failures')).toBeGreaterThan(10);
  });

  it('of one address does not touch the other', async () => {
    const { discovery, state, found, pass } = newDiscovery([address('a.test'), address('b.test')]);
    state.answer = (host) => (host === 'a.test' ? failed : named('10.0.0.4'));
    discovery.start();
    await pass(0);
    expect(found[0]).toEqual(['10.0.0.4']);
  });
});

describe('how look-ups stand', () => {
  it('is shown: asking, answered, failing with the names and why, and answered again', async () => {
    const { discovery, state, pass } = newDiscovery([address('kdmq.test'), address('edge.test'), address('10.0.0.9')]);
    let answer: (resolution: Resolution) => void = () => {};
    state.answer = (host) => (host === 'edge.test' ? new Promise((resolve) => (answer = resolve)) : named('10.0.0.2'));
    expect(discovery.view()).toEqual({ state: 'asking', detail: '' });
    discovery.start();
    await pass(10);
    expect(discovery.view()).toEqual({ state: 'asking', detail: '' });
    answer(named('10.0.0.3'));
    await pass(10);
    expect(discovery.view()).toEqual({ state: 'answered', detail: '' });
    state.answer = () => failed;
    await pass(1_500);
    expect(discovery.view()).toEqual({ state: 'failing', detail: 'kdmq.test: SERVFAIL; edge.test: SERVFAIL' });
    state.answer = () => partly('10.0.0.2');
    await pass(1_500);
    expect(discovery.view()).toEqual({ state: 'answered', detail: '' });
    discovery.stop();
  });

  it('is off where there is no name to look up', () => {
    expect(newDiscovery([address('10.0.0.9'), address('fd00::9')]).discovery.view().state).toBe('off');
    expect(newDiscovery([]).discovery.view().state).toBe('off');
  });
});
