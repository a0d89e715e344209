import { describe, expect, it } from 'vitest';
import { ratesBetween } from '../../../src/cli/top/node-rates.ts';
import { channelOf, nodeOf, queueOf, sampleOf } from './sample-of.ts';

describe('the rates of a node', () => {
  it('are what happened between two looks, a second', () => {
    const before = sampleOf(1_000, {
      channels: [channelOf('calls', { '2xx': 10, '4xx': 1 }, { timeout: 3 })],
      queues: [queueOf('jobs', 5, 100, 90)],
    });
    const now = sampleOf(3_000, {
      channels: [channelOf('calls', { '2xx': 30, '4xx': 3 }, { '2xx': 8, timeout: 7 })],
      queues: [queueOf('jobs', 7, 120, 108)],
    });
    const { channels, queues } = ratesBetween(before, now);
    expect(channels).toEqual([{ name: 'calls', received: 11, sent: 6, failed: 3 }]);
    expect(queues).toEqual([{ queue: now.queues[0], added: 10, fetched: 9 }]);
  });

  it('count a channel that is new from nothing, and leave out those that nobody counts', () => {
    const now = sampleOf(1_000, { channels: [channelOf('new', { '2xx': 4 }), { name: 'kdmq', role: 'own' }] });
    expect(ratesBetween(sampleOf(0), now).channels).toEqual([{ name: 'new', received: 4, sent: 0, failed: 0 }]);
  });

  it('are zero across a restart, whose totals begin anew', () => {
    const before = sampleOf(0, { channels: [channelOf('calls', { '2xx': 3 })], queues: [queueOf('jobs', 1, 3)] });
    const now = sampleOf(
      1_000,
      { channels: [channelOf('calls', { '2xx': 9 })], queues: [queueOf('jobs', 1, 9)] },
      'life-2',
    );
    const { channels, queues } = ratesBetween(before, now);
    expect([channels[0]?.received, queues[0]?.added]).toEqual([0, 0]);
  });

  it('stand in the order in which they deserve a look', () => {
    const own = sampleOf(0).nodes[0]!;
    const well = [nodeOf('10.0.0.3'), nodeOf('10.0.0.2')];
    const unwell = [nodeOf('10.0.0.9', 'disabled'), nodeOf('10.0.0.8', 'active', true)];
    const channels = [channelOf('b', { '2xx': 1 }), channelOf('a', {}, { '2xx': 1 }), channelOf('busy', { '2xx': 9 })];
    const queues = [queueOf('b', 1), queueOf('full', 7), queueOf('a', 1)];
    const rates = ratesBetween(sampleOf(0), sampleOf(1_000, { nodes: [...well, own, ...unwell], channels, queues }));
    const hosts = rates.nodes.map(({ uri }) => uri.slice('sip:10.0.0.'.length, -':5060'.length));
    expect(hosts).toEqual(['1', '8', '9', '2', '3']);
    expect(rates.channels.map(({ name }) => name)).toEqual(['busy', 'a', 'b']);
    expect(rates.queues.map(({ queue }) => queue.name)).toEqual(['full', 'a', 'b']);
  });
});
