import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Fact,
  type GossipReply,
  type GossipRequest,
  readGossipReply,
  readGossipRequest,
  writeGossipReply,
  writeGossipRequest,
} from '../../src/core/gossip-message.ts';
import type { ClaimState } from '../../src/core/node-claim.ts';
import type { NodeKind, NodeStatus } from '../../src/core/node-record.ts';
import type { NodeUri, TransportName } from '../../src/core/node-uri.ts';
import { identityOf } from './records.ts';

const anyUri: fc.Arbitrary<NodeUri> = fc.record({
  host: fc.oneof(fc.ipV4(), fc.constantFrom('fd00::1', '::1', 'node-1.kdmq.svc')),
  port: fc.integer({ min: 1, max: 65_535 }),
  transport: fc.constantFrom<TransportName>('udp', 'tcp', 'tls'),
});
const anyKind = fc.constantFrom<NodeKind>('kdmq', 'kamailio', 'other', 'unknown');
const anyClaim = fc.record({
  incarnation: fc.maxSafeNat(),
  state: fc.constantFrom<ClaimState>('alive', 'suspect', 'dead', 'left'),
});
const anyFact: fc.Arbitrary<Fact> = fc.record({
  node: fc.record({
    uri: anyUri,
    kind: anyKind,
    instance: fc.string({ maxLength: 64 }),
    software: fc.string({ maxLength: 64 }),
    streams: fc.constantFrom<readonly TransportName[]>([], ['tcp'], ['tls'], ['tcp', 'tls']),
  }),
  claim: anyClaim,
});
const anyFacts = fc.array(anyFact, { maxLength: 5 });
const anyRequest: fc.Arbitrary<GossipRequest> = fc.record(
  {
    kind: fc.constantFrom('probe', 'sync', 'news', 'ask', 'list'),
    me: anyFact,
    facts: anyFacts,
    you: fc.record({ instance: fc.string({ maxLength: 64 }), claim: anyClaim }),
    digest: fc.string(),
    target: fc.record({ uri: anyUri, kind: anyKind }),
  },
  { requiredKeys: ['kind', 'me', 'facts'] },
);
const anyList = fc.array(
  fc.record({ uri: anyUri, status: fc.constantFrom<NodeStatus>('active', 'not_active', 'disabled') }),
  { maxLength: 5 },
);
const anyReply: fc.Arbitrary<GossipReply> = fc.record(
  { me: anyFact, digest: fc.string(), facts: anyFacts, answered: fc.boolean(), list: anyList },
  { requiredKeys: ['me', 'digest', 'facts'] },
);

const me: Fact = { node: identityOf('10.0.0.1'), claim: { incarnation: 5, state: 'alive' } };
const other: Fact = { node: identityOf('10.0.0.2'), claim: { incarnation: 6, state: 'suspect' } };
/** A message as another version might write it: `change` works on the JSON of a good one. */
function altered(change: (body: Record<string, unknown>) => void): string {
  const body = JSON.parse(writeGossipRequest({ kind: 'probe', me, facts: [other] })) as Record<string, unknown>;
  change(body);
  return JSON.stringify(body);
}

describe('a message among our own nodes', () => {
  it('reads back as it was written (request)', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        expect(readGossipRequest(writeGossipRequest(request))).toEqual(request);
      }),
    );
  });

  it('reads back as it was written (reply)', () => {
    fc.assert(
      fc.property(anyReply, (reply) => {
        expect(readGossipReply(writeGossipReply(reply))).toEqual(reply);
      }),
    );
  });
});

describe('a message of a newer version', () => {
  it('is read without what is not known here', () => {
    const newer = altered((body) => {
      body.v = 99;
      body.weather = { is: 'fine' };
      (body.me as unknown[]).push('more', { than: 'known' });
    });
    expect(readGossipRequest(newer)).toMatchObject({ kind: 'probe', me, facts: [other] });
  });

  it('loses only the lines of a list that can’t be read', () => {
    const body = JSON.parse(writeGossipReply({ me, digest: '', facts: [] })) as Record<string, unknown>;
    body.list = [
      ['sip:10.0.0.3:5060', 'active'],
      ['sip:10.0.0.4:5060', 'asleep'],
      ['nonsense', 'active'],
      [5],
      {},
      null,
    ];
    expect(readGossipReply(JSON.stringify(body))?.list).toEqual([
      { uri: { host: '10.0.0.3', port: 5060, transport: 'udp' }, status: 'active' },
    ]);
  });

  it('loses only the facts that can’t be read', () => {
    const strange = [
      ['sip:10.0.0.3:5060', 'z', 1, 'a', 'i'], // an unknown kind of node
      ['sip:10.0.0.3:5060', 'o', 1, 'z', 'i'], // an unknown state
      ['sip:10.0.0.3:5060;transport=quic', 'o', 1, 'a', 'i'],
      ['nonsense', 'o', 1, 'a', 'i'],
      ['sip:10.0.0.3:5060', 'o', -1, 'a', 'i'],
      ['sip:10.0.0.3:5060', 'o', 1.5, 'a', 'i'],
      ['sip:10.0.0.3:5060', 'o', 2 ** 60, 'a', 'i'],
      ['sip:10.0.0.3:5060', 'o', '1', 'a', 'i'],
      ['sip:10.0.0.3:5060', 'o', 1, 'a'],
      ['sip:10.0.0.3:5060', 'o', 1, 'a', 'x'.repeat(129)],
      [5, 'o', 1, 'a', 'i'],
      ['sip:10.0.0.3:5060', 'constructor', 1, 'a', 'i'],
      {},
      null,
    ];
    const read = readGossipRequest(altered((body) => (body.facts as unknown[]).unshift(...strange)));
    expect(read?.facts).toEqual([other]);
  });

  it('with software or streams of another shape keeps the fact', () => {
    const read = readGossipRequest(
      altered((body) => {
        body.facts = [
          ['sip:10.0.0.3:5060', 'o', 1, 'a', 'i', 7, 'tcp,quic,udp'],
          ['sip:10.0.0.4:5060', 'o', 1, 'a', 'i', 's', ['tcp']],
        ];
      }),
    );
    expect(read?.facts.map(({ node }) => [node.software, node.streams])).toEqual([
      ['', ['tcp']],
      ['s', []],
    ]);
  });

  it.each([
    ['a belief', 'you', ['instance', 1]],
    ['a belief that is none', 'you', 'me'],
    ['a target', 'target', ['sip:10.0.0.3:5060', 'z']],
    ['a target that is none', 'target', 5],
    ['a digest', 'digest', 5],
  ])('with %s that can’t be read is read without it', (_what, field, value) => {
    const read = readGossipRequest(altered((body) => Object.assign(body, { [field]: value })));
    expect(read).toBeDefined();
    expect(read).not.toHaveProperty(field);
  });

  it('with facts that are no list has none', () => {
    expect(readGossipRequest(altered((body) => Object.assign(body, { facts: 'many' })))?.facts).toEqual([]);
  });
});

describe('what is no message', () => {
  it.each([
    ['', 'nothing'],
    ['null', 'null'],
    ['[]', 'an array'],
    ['5', 'a number'],
    ['{"t":"probe"}', 'nobody who says it'],
    [altered((body) => Object.assign(body, { t: 'dance' })), 'an unknown kind'],
    [altered((body) => Object.assign(body, { t: 5 })), 'a kind that is no word'],
    [altered((body) => Object.assign(body, { me: 'me' })), 'a sender that can’t be read'],
  ])('%j (%s) is not understood', (text) => {
    expect(readGossipRequest(text)).toBeUndefined();
  });

  it.each(['', 'null', '{}', '{"me":[]}'])('%j is no reply', (text) => {
    expect(readGossipReply(text)).toBeUndefined();
  });

  it('never throws', () => {
    const anyJson = fc.oneof(
      fc.string(),
      fc.json(),
      fc.jsonValue().map((me) => JSON.stringify({ t: 'probe', me, facts: me })),
    );
    fc.assert(
      fc.property(anyJson, (text) => {
        readGossipRequest(text);
        readGossipReply(text);
      }),
    );
  });

  it('never throws on a good message in which something was replaced', () => {
    const anyField = fc.constantFrom('t', 'me', 'you', 'digest', 'facts', 'target', 'answered');
    fc.assert(
      fc.property(anyField, fc.jsonValue(), fc.jsonValue(), (field, value, inner) => {
        const text = altered((body) => Object.assign(body, { [field]: value, facts: [inner, [inner, value], value] }));
        readGossipRequest(text);
        readGossipReply(text);
      }),
    );
  });

  it('more than 5,000 facts are cut', () => {
    const facts = JSON.parse(writeGossipRequest({ kind: 'sync', me, facts: [other] })).facts as unknown[];
    const many = altered((body) => Object.assign(body, { facts: new Array(5_010).fill(facts[0]) }));
    expect(readGossipRequest(many)?.facts).toHaveLength(5_000);
  });
});
