import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ratesBetween } from '../../../src/cli/top/node-rates.ts';
import type { NodeSample } from '../../../src/cli/top/node-sample.ts';
import { topLines } from '../../../src/cli/top/top-lines.ts';
import { channelOf, nodeOf, queueOf, sampleOf } from './sample-of.ts';

const shown = (now: Partial<NodeSample>, room?: { columns: number; rows: number }): string[] =>
  topLines(ratesBetween(sampleOf(0), sampleOf(1_000, now)), room).map(stripVTControlCharacters);

const many = {
  nodes: [sampleOf(0).nodes[0]!, ...Array.from({ length: 40 }, (_, n) => nodeOf(`10.0.1.${n}`))],
  channels: Array.from({ length: 5 }, (_, n) => channelOf(`channel-${n}`, { '2xx': n })),
  queues: Array.from({ length: 30 }, (_, n) => queueOf(`queue-${n}`, n)),
};

describe('what kdmq top shows', () => {
  it('is the node, its bus, its channels and its queues', () => {
    const lines = shown({
      nodes: [sampleOf(0).nodes[0]!, nodeOf('10.0.0.2', 'active', true)],
      channels: [channelOf('calls', { '2xx': 120 }, { '2xx': 3, timeout: 1 })],
      queues: [{ ...queueOf('jobs', 4, 7, 3), state: 'failed', oldestMs: 130_000 }],
    });
    expect(lines).toEqual([
      'sip:10.0.0.1:5060  kdmq 0.1.0, up 3 h, ready',
      '2 of 2 nodes active, store: redis://10.0.0.7:6379/0, 1 queue is not ready',
      '',
      'NODE               STATUS             KIND            SEEN  RTT MS',
      'sip:10.0.0.1:5060  active             kdmq, this one     -       -',
      'sip:10.0.0.2:5060  active, suspected  kdmq             1 s     0.4',
      '',
      'CHANNEL  IN/S  OUT/S  FAILED/S',
      'calls     120    4.0       1.0',
      '',
      'QUEUE  STATE   ITEMS  DELAYED  LENT  BYTES  ADDED/S  FETCHED/S  OLDEST',
      'jobs   failed      4        0     0     40      7.0        3.0   2 min',
    ]);
  });

  it('names the checks that keep the node from being ready', () => {
    const checks = [
      { name: 'bus', result: 'ok', detail: '' },
      { name: 'queues', result: 'failed', detail: 'jobs loading: \u001b[2Jrefused' },
      { name: 'kubernetes', result: 'note', detail: 'off' },
    ] as const;
    const { status } = sampleOf(0);
    const [head, why, nodes] = shown({ status: { ...status, ready: false, checks } });
    expect(head).toBe('sip:10.0.0.1:5060  kdmq 0.1.0, up 3 h, not ready');
    expect(why).toMatch(/^queues: jobs loading: \S+\[2Jrefused$/);
    expect(why).not.toContain('\u001b');
    expect(nodes).toMatch(/^1 of 1 node active/);
    expect(shown({ status: { ...status, stopping: true, ready: false, checks } })).toHaveLength(5);
  });

  it('leaves out tables that have nothing', () => {
    expect(shown({})).toHaveLength(5);
  });

  it.each([
    [80, 24],
    [40, 24],
    [120, 50],
    [80, 12],
    [10, 3],
    [1, 1],
  ])('fits a window of %d columns and %d rows', (columns, rows) => {
    const lines = shown(many, { columns, rows });
    expect(lines.length).toBeLessThanOrEqual(rows);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
  });

  it('fills the window, takes what is missing from the longest table, and says how much that is', () => {
    const lines = shown(many, { columns: 80, rows: 24 });
    expect(lines).toHaveLength(24);
    for (const { name } of many.channels) expect(lines.join('\n')).toContain(name);
    const cut = lines.flatMap((line) => /^… (\d+) more (node|queue)s$/.exec(line)?.slice(1, 3).join(' ') ?? []);
    const listed = lines.filter(
      (line) => line.startsWith('sip:10.0.1.') || line.startsWith('sip:10.0.0.1:5060 '),
    ).length;
    expect(cut).toHaveLength(2);
    // The head names the node too.
    expect(listed - 1 + Number.parseInt(cut[0]!, 10)).toBe(41);
  });

  it('escapes what comes from the network', () => {
    const [uri] = shown({ channels: [channelOf('evil\u001b[2J', { '2xx': 1 })] }).filter((line) =>
      line.startsWith('evil'),
    );
    expect(uri).not.toContain('\u001b');
    expect(uri).toContain('evil');
  });
});
