import { describe, expect, it } from 'vitest';
import { MOST_MISSED_OF_A_SPEAKER, nextRecord } from '../../src/core/node-event.ts';
import type { NodeRecord } from '../../src/core/node-record.ts';
import { isVerified } from '../../src/core/node-record.ts';
import { activeRecord, identityOf, recordAfter, toldOf } from './records.ts';

const node = identityOf('10.0.0.2');
const kamailio = identityOf('10.0.0.9', 'kamailio');
const suspectAt = (record: NodeRecord): NodeRecord =>
  nextRecord(record, { kind: 'seen', node: record, evidence: 'unanswered', at: 50 })!;

describe('what was told', () => {
  it('makes a record that is not verified', () => {
    const record = recordAfter(toldOf(node, { incarnation: 3, state: 'alive' }, 10))!;
    expect(isVerified(record)).toBe(false);
    expect(record).toMatchObject({ seenAt: -1, roundTrip: -1, changedAt: 10, buried: false });
  });

  it('about the death of a node that was never here is remembered, not shown', () => {
    const record = recordAfter(toldOf(node, { incarnation: 3, state: 'dead' }, 10))!;
    expect(record.buried).toBe(true);
  });

  it('changes nothing when it says no more than what is held', () => {
    const record = activeRecord('10.0.0.2', 'kdmq', 3);
    expect(nextRecord(record, toldOf(node, { incarnation: 2, state: 'left' }, 99))).toBe(record);
    expect(nextRecord(record, toldOf(node, { incarnation: 3, state: 'alive' }, 99))).toBe(record);
  });

  it('about a new life takes its identity over and asks for it to be verified', () => {
    const next = identityOf('10.0.0.2', 'kdmq', 'next life');
    const record = nextRecord(
      activeRecord('10.0.0.2', 'kdmq', 3),
      toldOf(next, { incarnation: 4, state: 'alive' }, 20),
    )!;
    expect(record).toMatchObject({ instance: 'next life', changedAt: 20 });
    expect(isVerified(record)).toBe(false);
  });

  it('by somebody who does not know what runs there leaves what is known', () => {
    const record = nextRecord(
      activeRecord('10.0.0.2', 'kdmq', 3),
      toldOf(identityOf('10.0.0.2', 'unknown'), { incarnation: 4, state: 'alive' }, 20),
    )!;
    expect(record).toMatchObject({ kind: 'kdmq', instance: 'life of 10.0.0.2' });
  });
});

describe('what was seen', () => {
  it('a suspected node that speaks up stays active, a dead one is to be verified again', () => {
    const announced = { kind: 'seen', node: kamailio, evidence: 'announced', at: 60 } as const;
    const suspected = suspectAt(activeRecord('10.0.0.9', 'kamailio', 3));
    const dead = nextRecord(suspected, { kind: 'seen', node: kamailio, evidence: 'silent', at: 55 })!;
    expect(isVerified(nextRecord(suspected, announced)!)).toBe(true);
    expect(isVerified(nextRecord(dead, announced)!)).toBe(false);
  });

  it('a suspected node that speaks up again and again, and answers nothing, is to be verified again', () => {
    let record = activeRecord('10.0.0.9', 'kamailio', 3);
    const missed = { kind: 'missed', key: record.key } as const;
    const lifeAfterSuspicion = (): NodeRecord =>
      nextRecord(suspectAt(record), { kind: 'seen', node: kamailio, evidence: 'announced', at: 60 })!;
    for (let count = 1; count < MOST_MISSED_OF_A_SPEAKER; count++) record = nextRecord(record, missed)!;
    expect(isVerified(lifeAfterSuspicion())).toBe(true);
    record = nextRecord(record, missed)!;
    expect(isVerified(lifeAfterSuspicion())).toBe(false);
    record = nextRecord(lifeAfterSuspicion(), { kind: 'seen', node: kamailio, evidence: 'answered', at: 61 })!;
    expect(isVerified(record)).toBe(true);
    expect(isVerified(lifeAfterSuspicion())).toBe(true);
  });

  it('an answer verifies the life that gave it and forgets its failures', () => {
    const missed = recordAfter(
      toldOf(node, { incarnation: 3, state: 'alive' }, 0),
      { kind: 'missed', key: 'udp:10.0.0.2:5060' },
      { kind: 'missed', key: 'udp:10.0.0.2:5060' },
    )!;
    expect(missed.failCount).toBe(2);
    const answered = nextRecord(missed, {
      kind: 'seen',
      node,
      evidence: 'answered',
      incarnation: 3,
      roundTrip: 1.5,
      at: 40,
    })!;
    expect(answered).toMatchObject({ failCount: 0, verified: 3, seenAt: 40, roundTrip: 1.5, changedAt: 0 });
  });

  it('an answer without a measured round trip keeps the last one', () => {
    const seen = { kind: 'seen', node: kamailio, evidence: 'answered' } as const;
    const record = recordAfter({ ...seen, roundTrip: 2, at: 1 }, { ...seen, at: 5 })!;
    expect(record).toMatchObject({ roundTrip: 2, seenAt: 5 });
  });

  it('an announcement is a sign of life but no proof of it: the address may be forged', () => {
    const record = recordAfter({ kind: 'seen', node: kamailio, evidence: 'announced', at: 7 })!;
    expect(record).toMatchObject({ claim: { incarnation: 0, state: 'alive' }, seenAt: 7, verified: -1 });
  });

  it('a late answer of a life that has ended is no sign of life', () => {
    const left = nextRecord(activeRecord('10.0.0.2', 'kdmq', 3), {
      kind: 'seen',
      node,
      evidence: 'goodbye',
      incarnation: 3,
      at: 60,
    })!;
    const late = nextRecord(left, { kind: 'seen', node, evidence: 'answered', incarnation: 3, at: 61 })!;
    expect(late).toMatchObject({ claim: { state: 'left' }, seenAt: 0 });
  });

  it('what only says where to look makes no record', () => {
    expect(recordAfter({ kind: 'seen', node, evidence: 'resolved', at: 0 })).toBeUndefined();
  });

  it('the same evidence twice changes nothing the second time', () => {
    const suspect = suspectAt(activeRecord('10.0.0.9', 'kamailio', 0));
    expect(suspectAt(suspect)).toBe(suspect);
  });

  it('a Kamailio that answers while it is suspected begins a new life that is verified', () => {
    const suspect = suspectAt(recordAfter({ kind: 'seen', node: kamailio, evidence: 'answered', at: 0 })!);
    const back = nextRecord(suspect, { kind: 'seen', node: kamailio, evidence: 'answered', at: 70 })!;
    expect(back.claim).toEqual({ incarnation: 1, state: 'alive' });
    expect(isVerified(back)).toBe(true);
  });
});

describe('a raised number of the same process', () => {
  const active = activeRecord('10.0.0.2', 'kdmq', 3);
  const alive = (instance: string) =>
    toldOf(identityOf('10.0.0.2', 'kdmq', instance), { incarnation: 4, state: 'alive' }, 9);

  it('contradicts a suspicion and needs no new answer: it has answered already', () => {
    const record = nextRecord(suspectAt(active), alive('life of 10.0.0.2'))!;
    expect(record.claim).toEqual({ incarnation: 4, state: 'alive' });
    expect(isVerified(record)).toBe(true);
  });

  it('does not verify another process', () => {
    expect(isVerified(nextRecord(active, alive('another life'))!)).toBe(false);
  });

  it('does not bring back one that was held dead: what gossip says is asked for first', () => {
    const dead = nextRecord(active, { kind: 'seen', node: active, evidence: 'silent', at: 8 })!;
    expect(isVerified(nextRecord(dead, alive('life of 10.0.0.2'))!)).toBe(false);
  });

  it('does not verify one that never answered', () => {
    const hearsay = recordAfter(toldOf(node, { incarnation: 3, state: 'alive' }, 0))!;
    expect(isVerified(nextRecord(hearsay, alive('life of 10.0.0.2'))!)).toBe(false);
  });
});

it('a late answer of an earlier life neither verifies the present one nor changes who it is', () => {
  const next = identityOf('10.0.0.2', 'kdmq', 'next life');
  const record = recordAfter(toldOf(next, { incarnation: 4, state: 'alive' }, 0))!;
  expect(nextRecord(record, { kind: 'seen', node, evidence: 'answered', incarnation: 3, at: 9 })).toBe(record);
});

describe('burying', () => {
  const dead = nextRecord(activeRecord('10.0.0.2', 'kdmq', 3), toldOf(node, { incarnation: 3, state: 'dead' }, 5))!;
  const buried = nextRecord(dead, { kind: 'buried', key: dead.key })!;

  it('takes a node out of the list and keeps what was known of it', () => {
    expect(dead.buried).toBe(false);
    expect(buried).toEqual({ ...dead, buried: true });
    expect(nextRecord(buried, { kind: 'buried', key: dead.key })).toBe(buried);
  });

  it('stays while the node only gets worse news', () => {
    expect(nextRecord(buried, toldOf(node, { incarnation: 3, state: 'left' }, 9))!.buried).toBe(true);
  });

  it('ends with a new life', () => {
    expect(nextRecord(buried, toldOf(node, { incarnation: 4, state: 'alive' }, 9))!.buried).toBe(false);
  });

  it('is over when the node is forgotten', () => {
    expect(nextRecord(buried, { kind: 'forgotten', key: dead.key })).toBeUndefined();
  });
});

describe('events about nobody', () => {
  it.each([
    { kind: 'missed', key: 'k' },
    { kind: 'listed', key: 'k', listed: true },
    { kind: 'buried', key: 'k' },
    { kind: 'forgotten', key: 'k' },
  ] as const)('$kind makes no record', (event) => {
    expect(nextRecord(undefined, event)).toBeUndefined();
  });
});

it('a record knows whether it is a notification address', () => {
  const record = activeRecord('10.0.0.2');
  const listed = nextRecord(record, { kind: 'listed', key: record.key, listed: true })!;
  expect(listed.notificationAddress).toBe(true);
  expect(nextRecord(listed, { kind: 'listed', key: record.key, listed: true })).toBe(listed);
  expect(nextRecord(listed, { kind: 'listed', key: record.key, listed: false })!.notificationAddress).toBe(false);
});
