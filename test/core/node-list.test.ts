import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EvidenceKind } from '../../src/core/evidence.ts';
import type { Claim, ClaimState } from '../../src/core/node-claim.ts';
import { strongerClaim } from '../../src/core/node-claim.ts';
import type { NodeEvent } from '../../src/core/node-event.ts';
import { isActive, NodeList } from '../../src/core/node-list.ts';
import { type FailurePolicy, statusOf } from '../../src/core/node-record.ts';
import { identityOf, toldOf, uriOf } from './records.ts';

const policy: FailurePolicy = {
  remove_inactive: true,
  fail_count_enabled: false,
  fail_count_threshold_not_active: 1,
  fail_count_threshold_disabled: 5,
};
const local = uriOf('10.0.0.1');
const hosts = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'];
const states: readonly ClaimState[] = ['alive', 'suspect', 'dead', 'left'];

/** A life of a node as it would name itself: each incarnation is another process. */
const anyLife = fc.record({ host: fc.constantFrom(...hosts), incarnation: fc.nat(3) });
const lifeOf = ({ host, incarnation }: { host: string; incarnation: number }) =>
  identityOf(host, 'kdmq', `${host}#${incarnation}`);

const anyTold: fc.Arbitrary<NodeEvent> = fc
  .record({ life: anyLife, state: fc.constantFrom(...states), at: fc.nat(1_000) })
  .map(({ life, state, at }) => toldOf(lifeOf(life), { incarnation: life.incarnation, state }, at));

const evidence: readonly EvidenceKind[] = ['goodbye', 'deleted', 'announced', 'answered', 'silent', 'unanswered'];
const anySeen: fc.Arbitrary<NodeEvent> = fc
  .record({ life: anyLife, evidence: fc.constantFrom(...evidence), at: fc.nat(1_000) })
  .map(({ life, evidence, at }) => ({
    kind: 'seen',
    node: lifeOf(life),
    evidence,
    incarnation: life.incarnation,
    at,
  }));

const anyHistory = fc.array(fc.oneof(anyTold, anySeen), { maxLength: 30 });
const shuffled = anyHistory.chain((events) =>
  fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length })),
);

function listAfter(events: readonly NodeEvent[]): NodeList {
  const list = new NodeList(local);
  for (const event of events) list.apply(event);
  return list;
}

/** What two nodes have to agree on: who is claimed to be what, in which life, and who of them is active. */
function beliefs(list: NodeList): Record<string, unknown> {
  const held = [...list.records()].map((record) => [
    record.key,
    { claim: record.claim, instance: record.instance, active: isActive(record) },
  ]);
  return Object.fromEntries(held);
}

describe('the node list', () => {
  it('is the same whatever the order in which the same lives were heard of, seen and lost', () => {
    fc.assert(
      fc.property(shuffled, ([events, otherOrder]) => {
        expect(beliefs(listAfter(otherOrder))).toEqual(beliefs(listAfter(events)));
      }),
      { numRuns: 500 },
    );
  });

  it('is the same when everything is heard twice', () => {
    fc.assert(
      fc.property(anyHistory, (events) => {
        expect(beliefs(listAfter([...events, ...events]))).toEqual(beliefs(listAfter(events)));
      }),
    );
  });

  it('has the same digest whenever the same lives live in it, and counts the active rightly', () => {
    fc.assert(
      fc.property(shuffled, ([events, otherOrder]) => {
        const list = listAfter(events);
        expect(listAfter(otherOrder).digest()).toBe(list.digest());
        expect(list.activeCount).toBe([...list.records()].filter(isActive).length);
        expect(
          list
            .active()
            .map((record) => record.key)
            .sort(),
        ).toEqual(
          [...list.records()]
            .filter(isActive)
            .map((record) => record.key)
            .sort(),
        );
      }),
    );
  });

  it('never holds the local node, whatever is said of it', () => {
    fc.assert(
      fc.property(anyHistory, (events) => {
        const list = listAfter(events);
        expect(list.get(list.localKey)).toBeUndefined();
        expect(list.listed(policy).map(({ record }) => record.uri.host)).not.toContain(local.host);
      }),
    );
  });

  it('says nothing of an event about the local node', () => {
    const list = new NodeList(local);
    const claim: Claim = { incarnation: 99, state: 'dead' };
    expect(list.apply(toldOf(identityOf('10.0.0.1'), claim, 0))).toBeUndefined();
  });

  it('never brings a dead node back by older or equal gossip', () => {
    const olderThan = (incarnation: number) =>
      fc.record({ incarnation: fc.nat(incarnation), state: fc.constantFrom(...states) });
    fc.assert(
      fc.property(fc.constantFrom('silent', 'goodbye', 'deleted'), fc.array(olderThan(5)), (end, gossip) => {
        const node = identityOf('10.0.0.2');
        const list = listAfter([
          { kind: 'seen', node, evidence: 'answered', incarnation: 5, at: 0 },
          { kind: 'seen', node, evidence: end as EvidenceKind, incarnation: 5, at: 1 },
          ...gossip.map((claim): NodeEvent => toldOf(node, claim, 2)),
        ]);
        expect(list.activeCount).toBe(0);
        expect(list.listed(policy).map(({ status }) => status)).toEqual(['disabled']);
      }),
    );
  });

  it('holds a goodbye until a new incarnation, whatever is seen of the old one', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...evidence)), (later) => {
        const node = identityOf('10.0.0.2');
        const gone = listAfter([
          { kind: 'seen', node, evidence: 'goodbye', incarnation: 5, at: 0 },
          ...later.map((kind): NodeEvent => ({ kind: 'seen', node, evidence: kind, incarnation: 5, at: 1 })),
        ]);
        expect(gone.get('udp:10.0.0.2:5060')?.claim).toEqual({ incarnation: 5, state: 'left' });
        gone.apply({ kind: 'seen', node, evidence: 'answered', incarnation: 6, at: 2 });
        expect(gone.activeCount).toBe(1);
      }),
    );
  });

  it('makes nobody active by hearsay', () => {
    fc.assert(
      fc.property(fc.array(anyTold), (events) => {
        expect(listAfter(events).active()).toEqual([]);
      }),
    );
  });

  it('ends at the strongest claim that was told of each node', () => {
    fc.assert(
      fc.property(fc.array(anyTold), (events) => {
        const list = listAfter(events);
        for (const { key, claim } of list.records()) {
          const told = events.flatMap((event) =>
            event.kind === 'told' && `udp:${event.node.uri.host}:5060` === key ? [event.claim] : [],
          );
          expect(claim).toEqual(told.reduce(strongerClaim));
        }
      }),
    );
  });
});

describe('a change', () => {
  const node = identityOf('10.0.0.2');
  const told: NodeEvent = toldOf(node, { incarnation: 1, state: 'alive' }, 0);

  it('names the record before and after', () => {
    const list = new NodeList(local);
    const added = list.apply(told)!;
    expect(added).toMatchObject({ key: 'udp:10.0.0.2:5060', before: undefined });
    expect(added.after).toBe(list.get(added.key));
    const forgotten = list.apply({ kind: 'forgotten', key: added.key });
    expect(forgotten).toEqual({ key: added.key, before: added.after, after: undefined });
    expect(list.get(added.key)).toBeUndefined();
  });

  it('is none when the event said nothing new', () => {
    const list = listAfter([told]);
    expect(list.apply(told)).toBeUndefined();
    expect(list.apply({ kind: 'missed', key: 'udp:10.9.9.9:5060' })).toBeUndefined();
  });
});

describe('the views', () => {
  const answered = (host: string, incarnation = 1): NodeEvent => ({
    kind: 'seen',
    node: identityOf(host),
    evidence: 'answered',
    incarnation,
    at: 0,
  });

  it('list by address, without the buried, each with its status', () => {
    const list = listAfter([
      answered('10.0.0.4'),
      answered('10.0.0.2'),
      toldOf(identityOf('10.0.0.3'), { incarnation: 1, state: 'alive' }, 0),
      toldOf(identityOf('10.0.0.5'), { incarnation: 1, state: 'dead' }, 0),
    ]);
    const shown = list.listed(policy).map(({ record, status }) => `${record.uri.host} ${status}`);
    expect(shown).toEqual(['10.0.0.2 active', '10.0.0.3 not_active', '10.0.0.4 active']);
    for (const { record, status } of list.listed(policy)) expect(status).toBe(statusOf(record, policy));
  });

  it('active nodes stand in ring order', () => {
    const list = listAfter(Array.from({ length: 50 }, (_, index) => answered(`10.0.1.${index + 1}`)));
    const hashes = list.active().map((record) => record.hash);
    expect(hashes).toEqual([...hashes].sort((a, b) => a - b));
  });

  it('active nodes are the same array until who is active changes: with 1,000 nodes each sign of life is an event', () => {
    const list = listAfter([answered('10.0.0.2')]);
    const view = list.active();
    list.apply({ ...answered('10.0.0.2'), at: 500 } as NodeEvent);
    expect(list.active()).toBe(view);
    list.apply(answered('10.0.0.3'));
    expect(list.active()).not.toBe(view);
  });
});

describe('the digest', () => {
  const alive = (host: string, incarnation: number): NodeEvent =>
    toldOf(identityOf(host), { incarnation, state: 'alive' }, 0);

  it('is equal on two nodes that hold each other and the same third', () => {
    const one = new NodeList(uriOf('10.0.0.1'));
    one.setLocalIncarnation(11);
    for (const event of [alive('10.0.0.2', 12), alive('10.0.0.3', 13)]) one.apply(event);
    const other = new NodeList(uriOf('10.0.0.2'));
    other.setLocalIncarnation(12);
    for (const event of [alive('10.0.0.3', 13), alive('10.0.0.1', 11)]) other.apply(event);
    expect(other.digest()).toBe(one.digest());
  });

  it.each([
    ['another node', [alive('10.0.0.3', 12)]],
    ['another life', [alive('10.0.0.2', 13)]],
    ['a life later by 2^32 ms', [alive('10.0.0.2', 12 + 2 ** 32)]],
    ['one node more', [alive('10.0.0.2', 12), alive('10.0.0.3', 12)]],
    ['nobody', []],
  ])('differs for %s', (_what, events) => {
    expect(listAfter(events).digest()).not.toBe(listAfter([alive('10.0.0.2', 12)]).digest());
  });

  it('leaves suspicion out, which passes, and the dead, whom nodes forget at different times', () => {
    const living = listAfter([alive('10.0.0.2', 12)]).digest();
    const suspect: NodeEvent = toldOf(identityOf('10.0.0.2'), { incarnation: 12, state: 'suspect' }, 0);
    const dead: NodeEvent = toldOf(identityOf('10.0.0.3'), { incarnation: 9, state: 'dead' }, 0);
    expect(listAfter([alive('10.0.0.2', 12), suspect, dead]).digest()).toBe(living);
  });
});

it('a full list takes nobody more, and still changes those whom it holds', () => {
  const list = new NodeList(local);
  const host = (index: number): string => `10.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
  const told = (index: number, state: ClaimState): NodeEvent =>
    toldOf(
      { ...identityOf('10.0.0.9'), uri: { host: host(index), port: 5060, transport: 'udp' } },
      { incarnation: 1, state },
      0,
    );
  for (let index = 0; index < 10_000; index++) list.apply(told(index, 'alive'));
  expect(list.isFull).toBe(true);
  expect(list.apply(told(10_000, 'alive'))).toBeUndefined();
  expect(list.apply(told(7, 'dead'))?.after?.claim.state).toBe('dead');
  expect([...list.records()]).toHaveLength(10_000);
});
