import { describe, expect, it } from 'vitest';
import { ClientTransactions } from '../../../src/edges/sip/client-transactions.ts';
import { TimerWheel } from '../../../src/edges/sip/timer-wheel.ts';
import type { SendOutcome, SipReply } from '../../../src/ports/sip-transport.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { MemoryCounters } from '../../fakes/memory-counters.ts';

function bench(limit = 100) {
  const clock = new FakeClock();
  const counters = new MemoryCounters();
  const wheel = new TimerWheel(clock);
  const transactions = new ClientTransactions({ clock, wheel, counters, branchPrefix: 'z9hG4bKp.', limit });
  const outcomes: SendOutcome[] = [];
  const sentAt: number[] = [];
  const begin = (deadlineMs = 32_000, over: 'udp' | 'stream' = 'udp') => {
    const transaction = transactions.begin({ method: 'KDMQ', deadlineMs, done: (outcome) => outcomes.push(outcome) });
    if (transaction === undefined) return undefined;
    sentAt.push(clock.now());
    transactions.sendBy(transaction, over === 'udp' ? () => sentAt.push(clock.now()) : undefined);
    return transaction;
  };
  const reply = (branch: string, code: number, method = 'KDMQ') =>
    transactions.receive(branch, method, { code } as SipReply);
  return { clock, counters, wheel, transactions, outcomes, sentAt, begin, reply };
}

describe('a client transaction over UDP', () => {
  it('sends again at T1, twice that, and so on up to T2, until Timer F ends it (Timer E)', () => {
    const { clock, outcomes, sentAt, begin } = bench();
    begin();
    clock.advance(40_000);
    expect(sentAt).toEqual([0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect(outcomes).toMatchObject([{ ok: false, failure: 'timeout' }]);
  });

  it('ends at the caller’s deadline, before the first retransmission if need be', () => {
    const { clock, outcomes, sentAt, begin } = bench();
    begin(300);
    clock.advance(290);
    expect(outcomes).toEqual([]);
    clock.advance(20);
    expect(outcomes).toMatchObject([{ failure: 'timeout' }]);
    expect(sentAt).toEqual([0]);
  });

  it('goes on at intervals of T2 after a provisional reply, which never ends it', () => {
    const { clock, outcomes, sentAt, begin, reply } = bench();
    const transaction = begin();
    clock.advance(100);
    reply(transaction!.branch, 100);
    clock.advance(12_000);
    expect(sentAt).toEqual([0, 500, 4500, 8500]);
    clock.advance(30_000);
    expect(outcomes).toMatchObject([{ failure: 'timeout' }]);
  });

  it('ends with a final reply and swallows the same one when it comes again (Timer K)', () => {
    const { clock, counters, outcomes, sentAt, wheel, begin, reply } = bench();
    const transaction = begin();
    clock.advance(600);
    reply(transaction!.branch, 200);
    reply(transaction!.branch, 200);
    clock.advance(40_000);
    expect(outcomes).toMatchObject([{ ok: true, reply: { code: 200 } }]);
    expect(sentAt).toEqual([0, 500]);
    expect(counters.value('sip_dropped', 'late_reply')).toBe(1);
    expect(wheel.size).toBe(0);
  });

  it('takes no reply of another method or branch', () => {
    const { counters, outcomes, begin, reply } = bench();
    const transaction = begin();
    reply(transaction!.branch, 200, 'OPTIONS');
    reply('z9hG4bKforeign', 200);
    expect(outcomes).toEqual([]);
    expect(counters.value('sip_dropped', 'stray_reply')).toBe(2);
  });
});

describe('a client transaction over a stream', () => {
  it('never sends again', () => {
    const { clock, outcomes, sentAt, begin } = bench();
    begin(32_000, 'stream');
    clock.advance(40_000);
    expect(sentAt).toEqual([0]);
    expect(outcomes).toMatchObject([{ failure: 'timeout' }]);
  });
});

describe('ClientTransactions', () => {
  it('refuses more than its limit and takes new ones when others have ended', () => {
    const { begin, reply } = bench(2);
    const first = begin();
    begin();
    expect(begin()).toBeUndefined();
    reply(first!.branch, 200);
    expect(begin()).toBeDefined();
  });

  it('ends everything when it is stopped', () => {
    const { clock, outcomes, transactions, begin } = bench();
    begin();
    begin();
    transactions.stop();
    clock.advance(40_000);
    expect(outcomes).toMatchObject([{ failure: 'stopped' }, { failure: 'stopped' }]);
    expect(clock.pending).toBe(0);
  });
});
