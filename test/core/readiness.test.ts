import { describe, expect, it } from 'vitest';
import { type NodeHealth, readinessOf } from '../../src/core/readiness.ts';

const well: NodeHealth = {
  stopping: false,
  joined: true,
  queues: [{ name: 'calls', state: 'ready', why: undefined }],
  dns: { state: 'answered', detail: '' },
  store: { state: 'answered', detail: '' },
  kubernetes: { state: 'watching', detail: '' },
};

const failures = (health: NodeHealth) =>
  readinessOf(health).checks.flatMap(({ name, result, detail }) => (result === 'failed' ? [`${name}: ${detail}`] : []));

describe('a node is ready', () => {
  it('when it has joined, its queues are read and it is not stopping', () => {
    expect(readinessOf(well)).toEqual({
      ready: true,
      checks: [
        { name: 'shutdown', result: 'ok', detail: '' },
        { name: 'bus', result: 'ok', detail: '' },
        { name: 'queues', result: 'ok', detail: '' },
        { name: 'dns', result: 'note', detail: 'answered' },
        { name: 'store', result: 'note', detail: 'answered' },
        { name: 'kubernetes', result: 'note', detail: 'watching' },
      ],
    });
  });

  it('without queues', () => {
    expect(readinessOf({ ...well, queues: [] }).ready).toBe(true);
  });

  it.each(['dns', 'store', 'kubernetes'] as const)('without %s: that is shown only', (name) => {
    const { ready, checks } = readinessOf({ ...well, [name]: { state: 'failing', detail: 'no answer' } });
    expect(ready).toBe(true);
    expect(checks.filter(({ detail }) => detail.includes('failing'))).toEqual([
      { name, result: 'note', detail: 'failing: no answer' },
    ]);
  });
});

const queue = (name: string, state: string, why?: string) => ({ name, state, why });

describe('a node is not ready', () => {
  it.each<[string, Partial<NodeHealth>, string]>([
    ['from the signal on', { stopping: true }, 'shutdown: the node is stopping'],
    ['before the first search is over', { joined: false }, 'bus: not joined: the first search is not over'],
    ['while a queue is read', { queues: [queue('a', 'loading')] }, 'queues: a loading'],
    ['while a queue can not be read', { queues: [queue('a', 'failed', 'damaged')] }, 'queues: a failed: damaged'],
    [
      'when another process has a queue',
      { queues: [queue('a', 'fenced', 'by x')], joined: true },
      'queues: a fenced: by x',
    ],
  ])('%s', (_, change, trouble) => {
    const health = { ...well, ...change };
    expect(readinessOf(health).ready).toBe(false);
    expect(failures(health)).toEqual([trouble]);
  });

  it('and names five queues of many', () => {
    const queues = Array.from({ length: 8 }, (_, index) => queue(`q${index}`, 'loading'));
    expect(failures({ ...well, queues })).toEqual([
      'queues: q0 loading; q1 loading; q2 loading; q3 loading; q4 loading; and 3 more',
    ]);
  });
});
