import { describe, expect, it } from 'vitest';
import { BindingRecord } from '../../src/bindings/binding-record.ts';
import { inboundPeer } from '../../src/bindings/inbound-peer.ts';
import type { ItemKey } from '../../src/core/bindings/binding.ts';
import type { SipRequest } from '../../src/ports/sip-transport.ts';
import { QueueError, type QueueErrorCode } from '../../src/queues/queue-error.ts';
import { requestOf } from '../bus/recorded-transport.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { MemoryCounters } from '../fakes/memory-counters.ts';
import { MemoryLog } from '../fakes/memory-log.ts';

/** A peer in front of a queue that fails with `failure` as long as there is one. */
function newPeer(key: ItemKey = { kind: 'from' }) {
  const clock = new FakeClock();
  const log = new MemoryLog();
  const counters = new MemoryCounters();
  const added: [string, string][] = [];
  const state: { failure: unknown } = { failure: undefined };
  const queue = {
    add: async (itemKey: string | Uint8Array, value: string | Uint8Array) => {
      if (state.failure !== undefined) throw state.failure;
      added.push([String(itemKey), Buffer.from(value).toString()]);
      return { id: '1-0', outcome: 'added' } as const;
    },
  };
  const binding = { kind: 'inbound', channel: 'x', queue: 'y', key } as const;
  const record = new BindingRecord(binding);
  const peer = inboundPeer(binding, { queue, record, clock, log, counters, tracing: { tracer: undefined } });
  return { peer, added, state, record, log, counters, clock };
}

function withHeaders(request: SipRequest, headers: Readonly<Record<string, string>>): SipRequest {
  return { ...request, header: (name) => headers[name] };
}

describe('a message that came', () => {
  it('is answered as usual when the queue has it', async () => {
    const { peer, added, counters } = newPeer();
    expect(await peer.callback(requestOf('x', { from: '10.0.0.7', body: 'hello' }))).toBeUndefined();
    expect(added).toEqual([['sip:10.0.0.7:5060', 'hello']]);
    expect(counters.value('bindings_received', 'stored')).toBe(1);
  });

  it.each<readonly [string, ItemKey, SipRequest, string]>([
    ['the node that sent it', { kind: 'from' }, requestOf('x', { from: 'fd00::7' }), 'sip:[fd00::7]:5060'],
    ['nothing, where nobody says who sent it', { kind: 'from' }, { ...requestOf('x'), from: undefined }, ''],
    ['its Call-ID', { kind: 'call_id' }, withHeaders(requestOf('x'), { 'Call-ID': 'a@b' }), 'a@b'],
    ['nothing, without a Call-ID', { kind: 'call_id' }, requestOf('x'), ''],
    ['a header', { kind: 'header', name: 'X-Id' }, withHeaders(requestOf('x'), { 'X-Id': '7' }), '7'],
    ['nothing, without that header', { kind: 'header', name: 'X-Id' }, requestOf('x'), ''],
  ])('has as its key %s', async (_, key, request, expected) => {
    const { peer, added } = newPeer(key);
    await peer.callback(request);
    expect(added).toEqual([[expected, '']]);
  });

  it.each<readonly [QueueErrorCode, number, string | undefined, string]>([
    ['QUEUE_FULL', 503, '1', 'full'],
    ['ITEM_TOO_LARGE', 413, undefined, 'too_large'],
    ['QUEUE_NOT_READY', 503, '5', 'unavailable'],
    ['QUEUE_STOPPED', 503, '5', 'unavailable'],
    ['QUEUE_FENCED', 503, '5', 'unavailable'],
    ['STORE_UNAVAILABLE', 503, '5', 'unavailable'],
    ['STORE_REFUSED', 503, '5', 'unavailable'],
  ])('and finds the queue in %s is answered %d, Retry-After %s', async (code, status, retryAfter, reason) => {
    const { peer, state, counters } = newPeer();
    state.failure = new QueueError(code, 'a test says so');
    const answer = await peer.callback(requestOf('x'));
    expect(answer?.code).toBe(status);
    expect(answer?.headers?.find(([name]) => name === 'Retry-After')?.[1]).toBe(retryAfter);
    expect(counters.value('bindings_received', reason)).toBe(1);
  });

  it('is never answered 500, whatever happens', async () => {
    const { peer, state } = newPeer();
    state.failure = new TypeError('a mistake');
    expect((await peer.callback(requestOf('x')))?.code).toBe(503);
  });

  it('and is refused is logged once a minute, and once when that is over', async () => {
    const { peer, state, log, clock } = newPeer();
    state.failure = new QueueError('QUEUE_FULL', 'queue y is full');
    for (let count = 0; count < 5; count++) await peer.callback(requestOf('x'));
    state.failure = undefined;
    clock.advance(1_000);
    await peer.callback(requestOf('x'));
    expect(log.lines).toEqual([
      {
        level: 'warn',
        message: 'binding: messages are refused',
        fields: { channel: 'x', queue: 'y', error: 'queue y is full', attempts: 1 },
      },
      {
        level: 'info',
        message: 'binding: messages are stored again',
        fields: { channel: 'x', queue: 'y', after_ms: 1_000 },
      },
    ]);
  });
});
