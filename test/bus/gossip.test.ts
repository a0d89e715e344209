import { describe, expect, it } from 'vitest';
import { Gossip, type GossipOutcome } from '../../src/bus/gossip.ts';
import { News } from '../../src/bus/news.ts';
import {
  type Fact,
  type GossipRequest,
  readGossipReply,
  readGossipRequest,
  writeGossipReply,
  writeGossipRequest,
} from '../../src/core/gossip-message.ts';
import type { ClaimState } from '../../src/core/node-claim.ts';
import { decodeText } from '../../src/core/text.ts';
import type { ReplyContent } from '../../src/ports/sip-transport.ts';
import { identityOf, uriOf } from '../core/records.ts';
import { SeededRandom } from '../fakes/seeded-random.ts';
import { newDirectory } from './directory-with.ts';
import { RecordedTransport, requestOf } from './recorded-transport.ts';

const fact = (host: string, incarnation = 1, state: ClaimState = 'alive'): Fact => ({
  node: identityOf(host),
  claim: { incarnation, state },
});
const two = fact('10.0.0.2');

function newGossip() {
  const { directory, clock, counters, local, join, end } = newDirectory();
  const transport = new RecordedTransport();
  const random = new SeededRandom(1);
  const told: string[] = [];
  const news = new News({
    directory,
    clock,
    random,
    send: (_uri, facts) => void told.push(...facts.map(({ node }) => node.uri.host)),
  });
  const asked: string[] = [];
  const gossip = new Gossip({
    directory,
    news,
    transport,
    clock,
    counters,
    probeFor: (uri, kind, done) => {
      asked.push(`${uri.host} ${kind}`);
      done(true);
    },
    probeIntervalMs: () => 1_000,
  });
  const receive = (request: GossipRequest | string): ReplyContent | undefined => {
    let answer: ReplyContent | undefined;
    const body = typeof request === 'string' ? request : writeGossipRequest(request);
    gossip.receive(requestOf('kdmq', { body }), (content) => {
      answer = content;
    });
    return answer;
  };
  const replyTo = (request: GossipRequest) => readGossipReply(String(receive(request)?.body));
  const lastSent = () =>
    readGossipRequest(decodeText(new TextEncoder().encode(String(transport.sent.at(-1)?.request.body))));
  return {
    gossip,
    news,
    directory,
    clock,
    counters,
    local,
    join,
    end,
    transport,
    told,
    asked,
    receive,
    replyTo,
    lastSent,
  };
}

describe('a request', () => {
  it('that can’t be read gets 400 and is counted', () => {
    const { receive, counters } = newGossip();
    expect(receive('{"t":')).toMatchObject({ code: 400 });
    expect(counters.value('gossip_unreadable')).toBe(1);
  });

  it('makes its sender known but not active: its address may be forged', () => {
    const { replyTo, directory } = newGossip();
    replyTo({ kind: 'probe', me: two, facts: [fact('10.0.0.3')] });
    expect([...directory.records()].map(({ uri }) => uri.host)).toEqual(['10.0.0.2', '10.0.0.3']);
    expect(directory.activeCount).toBe(0);
  });

  it('of the node itself, by another of its addresses, changes nothing', () => {
    const { receive, local, directory } = newGossip();
    const me = { ...two, node: { ...identityOf('10.0.9.9'), instance: local.instance } };
    expect(receive({ kind: 'probe', me, facts: [two] })).toMatchObject({ code: 200 });
    expect([...directory.records()]).toEqual([]);
  });

  it('that says goodbye is believed', () => {
    const { replyTo, directory, join } = newGossip();
    join('10.0.0.2');
    replyTo({ kind: 'news', me: fact('10.0.0.2', 1, 'left'), facts: [] });
    expect(directory.get('udp:10.0.0.2:5060')?.claim.state).toBe('left');
  });

  it('for the whole list gets it, graves too', () => {
    const { replyTo, join, end } = newGossip();
    join('10.0.0.3');
    join('10.0.0.4');
    end('10.0.0.4', 'silent');
    const hosts = replyTo({ kind: 'sync', me: two, facts: [] })?.facts.map(({ node }) => node.uri.host);
    expect(hosts).toEqual(['10.0.0.1', '10.0.0.3', '10.0.0.4', '10.0.0.2']);
  });

  it('to probe another node is carried out, and answered with what came of it', () => {
    const { replyTo, asked } = newGossip();
    const target = { uri: uriOf('10.0.0.7'), kind: 'kamailio' } as const;
    expect(replyTo({ kind: 'ask', me: two, facts: [], target })?.answered).toBe(true);
    expect(asked).toEqual(['10.0.0.7 kamailio']);
  });

  it('to probe nobody gets 400', () => {
    expect(newGossip().receive({ kind: 'ask', me: two, facts: [] })).toMatchObject({ code: 400 });
  });
});

describe('a wrong belief about this node', () => {
  const wrong = (state: ClaimState) => ({ incarnation: 1_000, state });

  it.each([
    ['that a request is sent with', { you: { instance: 'this life', claim: wrong('suspect') } }],
    [
      'that is passed on',
      { facts: [{ node: { ...identityOf('10.0.0.1'), instance: 'this life' }, claim: wrong('dead') }] },
    ],
  ])('%s is contradicted in the very reply', (_what, content) => {
    const { replyTo, told, clock, join } = newGossip();
    join('10.0.0.3');
    const { facts = [], you } = content as Partial<GossipRequest>;
    expect(replyTo({ kind: 'probe', me: two, facts, ...(you && { you }) })?.me.claim).toEqual({
      incarnation: 1_001,
      state: 'alive',
    });
    clock.advance(10);
    expect(told).toContain('10.0.0.1');
  });

  it('that stands in a reply is contradicted', () => {
    const { gossip, transport, local } = newGossip();
    gossip.probe(uriOf('10.0.0.2'), 500, () => {});
    const body = writeGossipReply({
      me: two,
      digest: '',
      facts: [],
      you: { instance: 'this life', claim: wrong('dead') },
    });
    transport.answer('10.0.0.2', { code: 200, body });
    expect(local.incarnation).toBe(1_001);
  });

  it('of another node about itself stands in the reply to it', () => {
    const { replyTo, join, end } = newGossip();
    join('10.0.0.2');
    end('10.0.0.2', 'silent');
    expect(replyTo({ kind: 'probe', me: two, facts: [] })?.you?.claim).toEqual({ incarnation: 1, state: 'dead' });
  });
});

describe('a probe', () => {
  const probe = (answer: (transport: RecordedTransport) => void) => {
    const made = newGossip();
    const outcomes: GossipOutcome[] = [];
    made.gossip.probe(uriOf('10.0.0.2'), 500, (outcome) => outcomes.push(outcome));
    answer(made.transport);
    return { ...made, outcome: outcomes[0] };
  };
  const ok = (me: Fact) => ({ code: 200, body: writeGossipReply({ me, digest: '', facts: [] }) });

  it('that is answered makes the node active', () => {
    const { outcome, directory } = probe((transport) => transport.answer('10.0.0.2', ok(two)));
    expect(outcome?.kind).toBe('answered');
    expect(directory.activeCount).toBe(1);
  });

  it('answered by a node that leaves is a goodbye', () => {
    const { directory } = probe((transport) => transport.answer('10.0.0.2', ok(fact('10.0.0.2', 1, 'left'))));
    expect(directory.get('udp:10.0.0.2:5060')?.claim.state).toBe('left');
  });

  it.each<[string, (transport: RecordedTransport) => void, GossipOutcome['kind']]>([
    [
      'that leads back to this node',
      (t) => t.answer('10.0.0.2', ok({ ...two, node: { ...two.node, instance: 'this life' } })),
      'ourselves',
    ],
    ['that is refused', (t) => t.answer('10.0.0.2', { code: 403 }), 'stranger'],
    ['that a Kamailio answers', (t) => t.answer('10.0.0.2', { code: 404 }), 'stranger'],
    [
      'whose answer can’t be read',
      (t) => t.answer('10.0.0.2', { code: 200, body: 'sip:10.0.0.2;status=active' }),
      'stranger',
    ],
    ['that nobody answers', (t) => t.fail('10.0.0.2', 'timeout'), 'unanswered'],
  ])('%s makes nobody active', (_what, answer, kind) => {
    const { outcome, directory } = probe(answer);
    expect(outcome?.kind).toBe(kind);
    expect(directory.activeCount).toBe(0);
  });

  it('says what this node holds about the other', () => {
    const { gossip, join, end, lastSent } = newGossip();
    join('10.0.0.2');
    end('10.0.0.2', 'unanswered');
    gossip.probe(uriOf('10.0.0.2'), 500, () => {});
    expect(lastSent()?.you).toEqual({ instance: 'life of 10.0.0.2', claim: { incarnation: 1, state: 'suspect' } });
  });
});

describe('a second opinion', () => {
  it.each([
    ['yes', true, true],
    ['no', false, false],
    ['nothing', undefined, false],
  ])('that says %s', (_what, answered, expected) => {
    const { gossip, transport, lastSent } = newGossip();
    const heard: boolean[] = [];
    gossip.ask(uriOf('10.0.0.2'), uriOf('10.0.0.7'), 'kdmq', 500, (lives) => heard.push(lives));
    expect(lastSent()).toMatchObject({ kind: 'ask', target: { uri: uriOf('10.0.0.7'), kind: 'kdmq' } });
    const reply = { me: two, digest: '', facts: [], ...(answered !== undefined && { answered }) };
    transport.answer('10.0.0.2', { code: 200, body: writeGossipReply(reply) });
    expect(heard).toEqual([expected]);
  });
});

describe('digests', () => {
  /** Probes each second for `seconds`, each answered with `digest`; how many whole lists were exchanged. */
  function syncsAfter(
    seconds: number,
    digest: (own: string) => string,
    disturb?: (second: number, join: (host: string) => void) => void,
  ): number {
    const { gossip, transport, clock, directory, counters, join } = newGossip();
    join('10.0.0.2');
    for (let second = 0; second < seconds; second++) {
      disturb?.(second, join);
      gossip.probe(uriOf('10.0.0.2'), 500, () => {});
      transport.answer('10.0.0.2', {
        code: 200,
        body: writeGossipReply({ me: two, digest: digest(directory.digest()), facts: [] }),
      });
      clock.advance(1_000);
    }
    return counters.value('gossip_syncs');
  }

  it('that are equal need no lists', () => {
    expect(syncsAfter(60, (own) => own)).toBe(0);
  });

  it('that stay different while nothing changes have whole lists exchanged, at a bounded pace', () => {
    const syncs = syncsAfter(20, () => '9.other');
    expect(syncs).toBeGreaterThanOrEqual(5);
    expect(syncs).toBeLessThanOrEqual(10);
  });

  it('that differ for a moment do not', () => {
    let turn = 0;
    expect(syncsAfter(20, (own) => (turn++ % 3 === 0 ? '9.other' : own))).toBe(0);
  });

  it('that differ while the list changes do not: news is under way', () => {
    expect(
      syncsAfter(
        10,
        () => '9.other',
        (second, join) => join(`10.3.0.${second}`),
      ),
    ).toBe(0);
  });
});
