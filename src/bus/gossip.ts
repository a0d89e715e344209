import {
  type Fact,
  type GossipKind,
  type GossipReply,
  type GossipRequest,
  gossipChannel,
  gossipContentType,
  type HeldBelief,
  readGossipReply,
  readGossipRequest,
  writeGossipReply,
  writeGossipRequest,
} from '../core/gossip-message.ts';
import type { NodeIdentity } from '../core/node-record.ts';
import { type NodeUri, nodeKey } from '../core/node-uri.ts';
import { decodeText } from '../core/text.ts';
import type { Clock } from '../ports/clock.ts';
import type { ReplyContent, SendFailure, SipReply, SipRequest, SipTransport } from '../ports/sip-transport.ts';
import type { Counters } from '../ports/telemetry.ts';
import type { Directory } from './directory.ts';
import type { News } from './news.ts';

/** How an exchange on the gossip channel ended. */
export type GossipOutcome =
  | { readonly kind: 'answered'; readonly node: NodeIdentity; readonly reply: GossipReply }
  /** The address leads back to this node. */
  | { readonly kind: 'ourselves' }
  /** Something answers there, but it is none of our nodes (any more), or it refuses us. */
  | { readonly kind: 'stranger'; readonly code: number }
  | { readonly kind: 'unanswered'; readonly failure: SendFailure; readonly detail: string };

export interface GossipOptions {
  readonly directory: Directory;
  readonly news: News;
  readonly transport: SipTransport;
  readonly clock: Clock;
  readonly counters: Counters;
  /** Probes a node for another one that can't reach it; calls back with whether it answered. */
  readonly probeFor: (uri: NodeUri, kind: NodeIdentity['kind'], done: (answered: boolean) => void) => void;
  readonly probeIntervalMs: () => number;
}

/** As many as fit a datagram of 1,300 bytes with its headers. */
const newsPerMessage = 8;

/** Milliseconds that an exchange of whole lists may take. */
export const syncDeadlineMs = 5_000;

/** The traffic among our own nodes: probes that carry what changed, whole lists when digests stay different. */
export class Gossip {
  readonly #options: GossipOptions;
  #lastSync = Number.NEGATIVE_INFINITY;
  #differsSince: number | undefined;

  constructor(options: GossipOptions) {
    this.#options = options;
  }

  /** Asks a node whether it lives, and passes news on and in. By TCP with `carrier` where UDP may be what is broken. */
  probe(uri: NodeUri, deadlineMs: number, done: (outcome: GossipOutcome) => void, carrier?: 'tcp'): void {
    const facts = this.#options.news.take(newsPerMessage);
    this.#send('probe', uri, deadlineMs, { facts, digest: this.#options.directory.digest() }, done, carrier);
  }

  /** Exchanges whole lists. */
  sync(uri: NodeUri, done: (outcome: GossipOutcome) => void): void {
    this.#lastSync = this.#options.clock.now();
    this.#options.counters.add('gossip_syncs');
    this.#send('sync', uri, syncDeadlineMs, { facts: this.#options.directory.facts(true) }, done);
  }

  /** Has another node probe `target`. */
  ask(
    helper: NodeUri,
    target: NodeUri,
    kind: NodeIdentity['kind'],
    deadlineMs: number,
    done: (answered: boolean) => void,
  ): void {
    this.#send('ask', helper, deadlineMs, { facts: [], target: { uri: target, kind } }, (outcome) => {
      done(outcome.kind === 'answered' && outcome.reply.answered === true);
    });
  }

  /** Asks a node whom it lists. By a stream where there is one: the answer may be long. */
  askForList(uri: NodeUri, deadlineMs: number, done: (outcome: GossipOutcome) => void): void {
    const byTcp = this.#options.directory.get(nodeKey(uri))?.streams.includes('tcp') === true;
    this.#send('list', uri, deadlineMs, { facts: [] }, done, byTcp ? 'tcp' : undefined);
  }

  /** Passes claims on at once; nobody waits for the answer. */
  tell(uri: NodeUri, facts: readonly Fact[], deadlineMs = 1_000, done: () => void = () => {}): void {
    this.#send('news', uri, deadlineMs, { facts }, done);
  }

  /** Answers a request on the gossip channel. */
  receive(request: SipRequest, reply: (content: ReplyContent) => void): void {
    const message = readGossipRequest(decodeText(request.body));
    if (message === undefined) {
      this.#options.counters.add('gossip_unreadable');
      reply({ code: 400, reason: 'Unreadable Gossip' });
      return;
    }
    if (message.me.node.instance === this.#options.directory.local.instance) {
      reply(this.#answer(message.me, []));
      return;
    }
    this.#take(message);
    switch (message.kind) {
      case 'probe':
        reply(this.#answer(message.me, this.#options.news.take(newsPerMessage)));
        return;
      case 'sync':
        reply(this.#answer(message.me, this.#options.directory.facts(true)));
        return;
      case 'news':
        reply(this.#answer(message.me, []));
        return;
      case 'list':
        reply(this.#answer(message.me, [], { list: this.#options.directory.lines() }));
        return;
      case 'ask':
        if (message.target === undefined) reply({ code: 400, reason: 'No Target' });
        else
          this.#options.probeFor(message.target.uri, message.target.kind, (answered) =>
            reply(this.#answer(message.me, [], { answered })),
          );
    }
  }

  #send(
    kind: GossipKind,
    uri: NodeUri,
    deadlineMs: number,
    content: Pick<GossipRequest, 'facts' | 'target' | 'digest'>,
    done: (outcome: GossipOutcome) => void,
    carrier?: 'tcp',
  ): void {
    const { directory, transport, clock } = this.#options;
    const held = directory.get(nodeKey(uri));
    const you = held && { instance: held.instance, claim: held.claim };
    const sentAt = clock.now();
    const request = {
      channel: gossipChannel,
      target: uri,
      body: writeGossipRequest({ kind, me: directory.local.fact(), ...(you && { you }), ...content }),
      contentType: gossipContentType,
      maxForwards: 1,
      deadlineMs,
      carrier: carrier ?? (held?.streams.includes('tcp') ? ('larger' as const) : uri.transport),
    };
    transport.send(request, (outcome) => {
      if (outcome.ok) done(this.#received(uri, outcome.reply, clock.now() - sentAt, kind === 'sync'));
      else done({ kind: 'unanswered', failure: outcome.failure, detail: outcome.detail });
    });
  }

  #received(uri: NodeUri, sip: SipReply, roundTrip: number, isList: boolean): GossipOutcome {
    const { directory } = this.#options;
    const reply = sip.code === 200 ? readGossipReply(decodeText(sip.body)) : undefined;
    if (reply === undefined) return { kind: 'stranger', code: sip.code };
    const { node, claim } = reply.me;
    if (reply.you !== undefined && directory.local.contradict(reply.you)) this.#options.news.tellOfLocal();
    if (node.instance === directory.local.instance) return { kind: 'ourselves' };
    this.#options.counters.add('gossip_answered');
    const at = this.#options.clock.now();
    const evidence = claim.state === 'left' ? 'goodbye' : 'answered';
    directory.record({ kind: 'seen', node, evidence, incarnation: claim.incarnation, roundTrip, at }, 'answered');
    this.#hear(reply.facts, !isList);
    this.#compare(uri, reply.digest);
    return { kind: 'answered', node, reply };
  }

  /** What a request brings: hearsay, also what the sender says of itself, until it has answered a probe of ours. */
  #take({ kind, me, facts, you }: GossipRequest): void {
    const { directory, news, clock } = this.#options;
    if (you !== undefined && directory.local.contradict(you)) news.tellOfLocal();
    if (me.claim.state === 'left') {
      const { node, claim } = me;
      const seen = {
        kind: 'seen',
        node,
        evidence: 'goodbye',
        incarnation: claim.incarnation,
        at: clock.now(),
      } as const;
      directory.record(seen, 'goodbye');
    } else this.#hear([me], true);
    this.#hear(facts, kind !== 'sync');
  }

  #hear(facts: readonly Fact[], fresh: boolean): void {
    const { directory, news, clock } = this.#options;
    for (const { node, claim } of facts) {
      if (nodeKey(node.uri) === directory.local.key) {
        if (directory.local.contradict({ instance: node.instance, claim })) news.tellOfLocal();
      } else directory.record({ kind: 'told', node, claim, fresh, at: clock.now() }, 'gossip');
    }
  }

  /** Digests that stay different while nothing changes mean that something was missed: then whole lists are exchanged. */
  #compare(uri: NodeUri, digest: string): void {
    const { directory, clock } = this.#options;
    const now = clock.now();
    if (digest === '' || digest === directory.digest()) {
      this.#differsSince = undefined;
      return;
    }
    this.#differsSince ??= now;
    const patience = 2 * this.#options.probeIntervalMs();
    const lasting = now - this.#differsSince >= patience && directory.quietFor() >= patience / 2;
    if (lasting && now - this.#lastSync >= patience) this.sync(uri, () => {});
  }

  #answer(asker: Fact, facts: readonly Fact[], more: Pick<GossipReply, 'answered' | 'list'> = {}): ReplyContent {
    const { directory } = this.#options;
    const you = this.#otherBelief(asker);
    const body = writeGossipReply({
      me: directory.local.fact(),
      ...(you && { you }),
      digest: directory.digest(),
      facts,
      ...more,
    });
    return { code: 200, contentType: gossipContentType, body };
  }

  /** What this node holds about the asking one where that differs from what it says: only the node itself can put it right. */
  #otherBelief({ node, claim }: Fact): HeldBelief | undefined {
    const held = this.#options.directory.get(nodeKey(node.uri));
    if (held === undefined || held.claim.incarnation < claim.incarnation) return undefined;
    const same = held.claim.incarnation === claim.incarnation && held.claim.state === claim.state;
    return same && held.instance === node.instance ? undefined : { instance: held.instance, claim: held.claim };
  }
}
