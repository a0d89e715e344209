import { beforeEach, describe, expect, it } from 'vitest';
import { LeaderElection } from '../../../src/bus/kubernetes/leader-election.ts';
import type { LeaseRecord } from '../../../src/core/kubernetes/lease-record.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { MemoryCluster } from '../../fakes/memory-cluster.ts';
import { MemoryCounters } from '../../fakes/memory-counters.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { PausableClock } from '../../fakes/pausable-clock.ts';
import { SeededRandom } from '../../fakes/seeded-random.ts';

let time: FakeClock;
let cluster: MemoryCluster;

beforeEach(() => {
  time = new FakeClock();
  cluster = new MemoryCluster();
});

interface Candidate {
  readonly name: string;
  readonly clock: PausableClock;
  readonly election: LeaderElection;
  readonly told: boolean[];
}

function candidate(name: string, seed: number): Candidate {
  const clock = new PausableClock(time);
  const { lease, writer } = cluster.connection();
  const told: boolean[] = [];
  const election = new LeaderElection({
    identity: name,
    source: lease,
    writer,
    owner: () => undefined,
    clock,
    random: new SeededRandom(seed),
    log: new MemoryLog(),
    counters: new MemoryCounters(),
    changed: (isLeader) => told.push(isLeader),
  });
  election.start();
  return { name, clock, election, told };
}

const lease = (): LeaseRecord | undefined => cluster.lease.items.get('lease');
const leaders = (...all: readonly Candidate[]): string[] =>
  all.filter(({ election }) => election.isLeader()).map(({ name }) => name);

/** Milliseconds until the condition holds. */
async function until(condition: () => boolean, limit: number): Promise<number> {
  const since = time.now();
  while (!condition()) {
    if (time.now() - since > limit) throw new Error(`not within ${limit} ms`);
    await time.advanceAsync(10);
  }
  return time.now() - since;
}

describe('the Lease', () => {
  it('has one holder at any time, whoever comes and goes', async () => {
    const all = [1, 2, 3, 4, 5].map((seed) => candidate(`pod-${seed}`, seed));
    for (let second = 0; second < 60; second++) {
      for (let part = 0; part < 20; part++) {
        await time.advanceAsync(50);
        expect(leaders(...all).length).toBeLessThanOrEqual(1);
      }
      if (second % 10 === 9) await all.find(({ election }) => election.isLeader())?.election.stop();
    }
    expect(lease()?.transitions).toBe(4);
  });

  it('is taken within a second at the start, and renewed in time', async () => {
    const one = candidate('one', 1);
    expect(await until(() => one.election.isLeader(), 1_000)).toBeLessThan(1_000);
    for (let step = 0; step < 600; step++) {
      await time.advanceAsync(100);
      expect(one.election.isLeader()).toBe(true);
    }
    expect(one.told).toEqual([true]);
    expect(lease()).toMatchObject({ holder: 'one', durationMs: 3_000, transitions: 0 });
  });

  it('goes to another one 3 s after its holder has vanished', async () => {
    const one = candidate('one', 1);
    await until(() => one.election.isLeader(), 1_000);
    const two = candidate('two', 2);
    await time.advanceAsync(5_000);
    one.clock.pause();
    const took = await until(() => two.election.isLeader(), 5_000);
    expect(took).toBeGreaterThan(2_000);
    expect(took).toBeLessThanOrEqual(3_500);
    expect(two.election.holder).toBe('two');
  });

  it('goes to another one within some hundred milliseconds when it is given back', async () => {
    const one = candidate('one', 1);
    await until(() => one.election.isLeader(), 1_000);
    const two = candidate('two', 2);
    await time.advanceAsync(2_000);
    await one.election.stop();
    expect(await until(() => two.election.isLeader(), 1_000)).toBeLessThanOrEqual(400);
    expect(one.election.isLeader()).toBe(false);
    expect(one.told).toEqual([true, false]);
  });

  it('is given back also while a renewal is under way', async () => {
    const one = candidate('one', 1);
    await until(() => one.election.isLeader(), 1_000);
    let renewed: () => void = () => {};
    cluster.delay = () =>
      new Promise((resolve) => {
        renewed = resolve;
      });
    await until(() => cluster.delayed > 0, 2_000);
    const stopped = one.election.stop();
    cluster.delay = undefined;
    renewed();
    await stopped;
    expect(lease()?.holder).toBe('');
  });

  it('is free when it is deleted', async () => {
    const one = candidate('one', 1);
    await until(() => one.election.isLeader(), 1_000);
    cluster.lease.delete('lease');
    expect(one.election.isLeader()).toBe(false);
    expect(await until(() => one.election.isLeader(), 1_000)).toBeLessThanOrEqual(200);
  });
});

describe('the leader', () => {
  it('is none when it wakes after a pause, before it has renewed', async () => {
    const one = candidate('one', 1);
    await until(() => one.election.isLeader(), 1_000);
    const two = candidate('two', 2);
    await time.advanceAsync(2_000);
    one.clock.pause();
    await time.advanceAsync(10_000);
    expect(leaders(two)).toEqual(['two']);
    one.clock.resume();
    expect(leaders(one, two)).toEqual(['two']);
    await time.advanceAsync(10_000);
    expect(leaders(one, two)).toEqual(['two']);
  });

  it('is none 2 s after its last renewal while the API is away, long before another one can be', async () => {
    const one = candidate('one', 1);
    const two = candidate('two', 2);
    await until(() => leaders(one, two).length === 1, 2_000);
    cluster.refusal = 'UNREACHABLE';
    await time.advanceAsync(2_100);
    expect(leaders(one, two)).toEqual([]);
    await time.advanceAsync(60_000);
    expect(leaders(one, two)).toEqual([]);
    cluster.refusal = undefined;
    await time.advanceAsync(1_500);
    expect(leaders(one, two)).toHaveLength(1);
  });

  it('is found by the time since the Lease changed, whatever times of the day stand in it', async () => {
    cluster.lease.set({
      holder: 'gone',
      durationMs: 3_000,
      acquiredAt: time.wallTime() + 3_600_000,
      transitions: 7,
      version: 'x',
    });
    time.jumpWallTime(-7_200_000);
    const one = candidate('one', 1);
    expect(await until(() => one.election.isLeader(), 5_000)).toBeGreaterThanOrEqual(2_900);
    expect(lease()).toMatchObject({ holder: 'one', transitions: 8 });
  });

  it('takes its own Lease of before a moment of silence back at once', async () => {
    const one = candidate('one', 1);
    await until(() => one.election.isLeader(), 1_000);
    cluster.refusal = 'UNREACHABLE';
    await time.advanceAsync(2_500);
    cluster.refusal = undefined;
    expect(await until(() => one.election.isLeader(), 2_000)).toBeLessThan(1_000);
    expect(lease()?.transitions).toBe(0);
  });

  it('is nobody where writing is forbidden, and the API is not asked much', async () => {
    cluster.refusal = 'FORBIDDEN';
    const one = candidate('one', 1);
    await time.advanceAsync(120_000);
    expect(one.election.isLeader()).toBe(false);
    expect(cluster.writes).toBeLessThanOrEqual(6);
  });
});
