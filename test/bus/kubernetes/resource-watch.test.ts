import { beforeEach, describe, expect, it } from 'vitest';
import { ResourceWatch } from '../../../src/bus/kubernetes/resource-watch.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { MemoryCounters } from '../../fakes/memory-counters.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { MemoryResource } from '../../fakes/memory-resource.ts';
import { SeededRandom } from '../../fakes/seeded-random.ts';

let clock: FakeClock;
let log: MemoryLog;
let source: MemoryResource<string>;
let held: string[];
let watch: ResourceWatch<string>;

beforeEach(() => {
  clock = new FakeClock();
  log = new MemoryLog();
  source = new MemoryResource((item) => item);
  held = [];
  watch = new ResourceWatch({
    name: 'things',
    source,
    clock,
    random: new SeededRandom(),
    log,
    counters: new MemoryCounters(),
    replaced: (items) => {
      held = [...items];
    },
    happened: ({ kind, item }) => {
      held = held.filter((other) => other !== item).concat(kind === 'changed' ? [item] : []);
    },
  });
});

const begin = async (): Promise<void> => {
  watch.start();
  await clock.advanceAsync(0);
};

describe('a watch', () => {
  it('knows what was there before and what happens since', async () => {
    source.set('a');
    await begin();
    expect(held).toEqual(['a']);
    source.set('b');
    source.delete('a');
    expect(held).toEqual(['b']);
    expect(watch.state.phase).toBe('watching');
  });

  it.each(['UNREACHABLE', 'GONE', 'UNAUTHORIZED'] as const)(
    'that ends (%s) is begun anew within 50 ms, from a new list',
    async (code) => {
      source.set('a');
      await begin();
      await clock.advanceAsync(10_000);
      source.cut(code);
      source.items.delete('a');
      source.items.set('b', 'b');
      await clock.advanceAsync(50);
      expect(held).toEqual(['b']);
      expect(watch.state.phase).toBe('watching');
      expect(log.messages('warn')).toEqual([]);
    },
  );

  it('is tried each second at the latest while the API is away, says so once, and holds what it knew', async () => {
    source.set('a');
    await begin();
    source.refusal = { code: 'UNREACHABLE' };
    source.cut();
    await clock.advanceAsync(60_000);
    const before = source.lists;
    await clock.advanceAsync(60_000);
    expect(source.lists - before).toBeGreaterThan(59);
    expect(source.lists - before).toBeLessThan(122);
    expect(held).toEqual(['a']);
    expect(watch.state).toMatchObject({ phase: 'unreachable', detail: 'refused: UNREACHABLE' });
    expect(clock.now() - watch.state.since).toBeGreaterThan(119_000);
    expect(log.messages('warn')).toEqual(['Kubernetes API is not reached: the bus goes on by DNS and probes']);

    source.refusal = undefined;
    await clock.advanceAsync(1_000);
    expect(watch.state.phase).toBe('watching');
    expect(log.messages('info')).toEqual(['Kubernetes watch goes on']);
  });

  it('waits longer from try to try, and not all pods the same time', async () => {
    source.refusal = { code: 'UNREACHABLE' };
    await begin();
    const times: number[] = [];
    for (let lists = source.lists; times.length < 6; clock.runNext(), await clock.advanceAsync(0)) {
      if (source.lists > lists) times.push(clock.now());
      lists = source.lists;
    }
    const rests = times.map((time, index) => time - (times[index - 1] ?? 0));
    rests.forEach((rest, index) => {
      const most = Math.min(1_000, 50 * 2 ** index);
      expect(rest).toBeGreaterThanOrEqual(most / 2);
      expect(rest).toBeLessThanOrEqual(most);
    });
  });

  it('that breaks again and again soon after it began is no reason to ask at once', async () => {
    await begin();
    for (let round = 0; round < 8; round++) {
      source.cut();
      await clock.advanceAsync(1_000);
    }
    const before = source.lists;
    source.cut();
    await clock.advanceAsync(450);
    expect(source.lists).toBe(before);
  });

  it.each([
    ['FORBIDDEN', 'forbidden', 'Kubernetes forbids to watch: the bus goes on by DNS and probes'],
    [
      'ABSENT',
      'absent',
      'Kubernetes has no such resource: the bus goes on without it. kubectl apply -f charts/kdmq/crds brings it',
    ],
  ] as const)(
    'that is refused (%s) stays off, says so once, and is tried about each half minute',
    async (code, phase, line) => {
      source.refusal = { code };
      await begin();
      await clock.advanceAsync(20_000);
      expect(source.lists).toBe(1);
      await clock.advanceAsync(580_000);
      expect(source.lists).toBeGreaterThan(15);
      expect(source.lists).toBeLessThan(28);
      expect(watch.state).toMatchObject({ phase, since: 0 });
      expect(log.messages('warn')).toEqual([line]);
      source.refusal = undefined;
      await clock.advanceAsync(40_000);
      expect(watch.state.phase).toBe('watching');
    },
  );

  it('leaves a server alone for as long as it asks for', async () => {
    source.refusal = { code: 'THROTTLED', retryAfterMs: 7_000 };
    await begin();
    await clock.advanceAsync(7_000);
    expect(source.lists).toBe(1);
    source.refusal = undefined;
    await clock.advanceAsync(100);
    expect(watch.state.phase).toBe('watching');
  });

  it('that is stopped asks nothing any more', async () => {
    await begin();
    watch.stop();
    await clock.advanceAsync(60_000);
    expect(source).toMatchObject({ lists: 1, watchers: 0 });
    expect(watch.state.phase).toBe('stopped');
    expect(clock.pending).toBe(0);
  });
});
