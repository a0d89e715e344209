import { isLiving } from '../core/node-list.ts';
import type { NodeIdentity, NodeKind } from '../core/node-record.ts';
import { type NodeUri, nodeKey, sameNode } from '../core/node-uri.ts';
import { type NotificationLine, readNotification, writeNotificationLine } from '../core/notification.ts';
import { kindOfSoftware } from '../core/software.ts';
import { decodeText } from '../core/text.ts';
import { type TellableNode, toldNodes } from '../core/told-nodes.ts';
import type { Clock } from '../ports/clock.ts';
import type { ReplyContent, SendOutcome, SipReply, SipRequest, SipTransport } from '../ports/sip-transport.ts';
import type { Counters } from '../ports/telemetry.ts';
import type { Directory } from './directory.ts';

/** What stands at an address that was looked at. */
export type Look =
  | { readonly kind: 'found'; readonly software: NodeKind }
  | { readonly kind: 'refused'; readonly code: number }
  | { readonly kind: 'unanswered'; readonly detail: string };

export interface NotifierOptions {
  readonly directory: Directory;
  readonly transport: SipTransport;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly channel: () => string;
  /** Somebody named an address: worth a look, no more. */
  readonly hint: (uri: NodeUri, kind: NodeKind) => void;
  /** Somebody doubts that an active node lives. */
  readonly doubt: (key: string) => void;
}

/** A Kamailio that stops goes on answering for some seconds after its goodbye. */
const goodbyeHoldsMs = 10_000;
const listType = 'text/plain';
const maxRemembered = 1_000;
/** More addresses than Kamailio's own list can hold are not looked at because of one message. */
const believedLines = 100;

/**
 * The notification channel: how our node appears to Kamailio nodes. Only as many of our nodes are told to them as fit into
 * Kamailio's list; the others know of the Kamailio nodes and send to them, but never name themselves there.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  /** Kamailio nodes that hold this node in their lists: since it told them, or since they have it as their notification address. */
  readonly #holders = new Map<string, { readonly uri: NodeUri; readonly told: boolean }>();
  /** Nodes that spoke up here first: the others are told of them by this node. */
  readonly #cameHere = new Set<string>();
  #told: ReadonlySet<string> | undefined;

  constructor(options: NotifierOptions) {
    this.#options = options;
    options.directory.onChange((change) => {
      if (change.before?.claim !== change.after?.claim || change.before?.verified !== change.after?.verified) {
        this.#told = undefined;
      }
      if (change.transition === 'joined' && this.#cameHere.delete(change.key)) this.#tellOthersThan(change.key);
      if (change.after === undefined || change.after.buried) this.#holders.delete(change.key);
    });
  }

  /** Whether this node is one of those that Kamailio nodes are told of, and so pings them. */
  isTold(): boolean {
    return this.#toldKeys().has(this.#options.directory.local.key);
  }

  /** Asks for a list without naming any node: a Kamailio answers with its own and adds nobody. */
  look(uri: NodeUri, deadlineMs: number, done: (look: Look) => void): void {
    this.#send(uri, '', 1, deadlineMs, (outcome) => {
      if (!outcome.ok) done({ kind: 'unanswered', detail: outcome.detail });
      else if (outcome.reply.code !== 200) done({ kind: 'refused', code: outcome.reply.code });
      else {
        const software = kindOfSoftware(outcome.reply.server);
        if (software !== 'kdmq') this.#answered(uri, outcome.reply, undefined);
        done({ kind: 'found', software });
      }
    });
  }

  /** Kamailio's ping: a notification with the list, if this node is told at all; else only a look. */
  ping(uri: NodeUri, deadlineMs: number, done: (answered: boolean) => void): void {
    const { clock, directory } = this.#options;
    if (!this.isTold() || directory.local.leaving) {
      this.#withdraw(uri);
      this.look(uri, deadlineMs, (look) => done(look.kind === 'found' && look.software !== 'kdmq'));
      return;
    }
    const sentAt = clock.now();
    this.#remember(uri, true);
    this.#send(uri, this.#list(), 1, deadlineMs, (outcome) => {
      const answered = outcome.ok && outcome.reply.code === 200;
      if (answered) this.#answered(uri, outcome.reply, clock.now() - sentAt);
      done(answered && kindOfSoftware(outcome.reply.server) !== 'kdmq');
    });
  }

  /**
   * Says `disabled` of this node to every Kamailio that holds it; `done` when all have answered or the deadline is over. One that may have
   * heard of this node from others is asked first: a Kamailio takes an unknown node that is said to be disabled into its list.
   */
  goodbye(deadlineMs: number, done: () => void): void {
    const holders = [...this.#holders.values()].map((holder) => holder.uri);
    const others = this.isTold() ? this.#livingOthers().filter((uri) => !this.#holders.has(nodeKey(uri))) : [];
    this.#holders.clear();
    let open = holders.length + others.length;
    const finished = (): void => {
      open -= 1;
      if (open === 0) done();
    };
    if (open === 0) done();
    for (const uri of holders) this.#sayDisabled(uri, deadlineMs, finished);
    for (const uri of others) {
      this.#askWhetherListed(uri, deadlineMs / 2, (listed) => {
        if (listed) this.#sayDisabled(uri, deadlineMs / 2, finished);
        else finished();
      });
    }
  }

  /** Answers a request on the notification channel. */
  receive(request: SipRequest, reply: (content: ReplyContent) => void): void {
    const { directory } = this.#options;
    // A 200 would bring a node that is stopping back to life at a Kamailio.
    if (directory.local.leaving) {
      reply({ code: 503, reason: 'Node Is Stopping' });
      return;
    }
    const sender = request.from;
    if (sender === undefined || kindOfSoftware(request.userAgent) === 'kdmq') {
      if (sender !== undefined) this.#options.hint(sender, 'kdmq');
      reply({ code: 200, contentType: listType, body: writeNotificationLine(directory.local.uri, 'active') });
      return;
    }
    const list = readNotification(decodeText(request.body));
    if (list.skipped > 0) this.#options.counters.add('notification_lines_skipped', 'unreadable', list.skipped);
    const own = sender.host === request.source.address;
    for (const line of list.lines.slice(0, believedLines)) {
      if (own && sameNode(line.uri, sender)) this.#hearSender(request, line);
      else this.#hearOfOther(line);
    }
    reply({ code: 200, contentType: listType, body: this.#list() });
  }

  #hearSender(request: SipRequest, line: NotificationLine): void {
    const { directory, clock } = this.#options;
    const node = identityOf(line.uri, request.userAgent);
    const key = nodeKey(line.uri);
    const at = clock.now();
    if (line.status === 'disabled') {
      this.#holders.delete(key);
      if (directory.get(key) !== undefined) {
        directory.record({ kind: 'seen', node, evidence: 'goodbye', at }, 'goodbye');
      }
      return;
    }
    directory.record({ kind: 'seen', node, evidence: 'announced', at }, 'announced itself');
    if ((request.maxForwards ?? 1) > 1 && this.#cameHere.size < maxRemembered) this.#cameHere.add(key);
    this.#remember(line.uri, this.#holders.get(key)?.told ?? false);
    this.#options.hint(line.uri, node.kind);
  }

  #hearOfOther(line: NotificationLine): void {
    const { directory } = this.#options;
    const key = nodeKey(line.uri);
    if (key === directory.local.key) return;
    if (line.status === 'active') this.#options.hint(line.uri, 'unknown');
    else if (line.status === 'disabled') this.#options.doubt(key);
  }

  #answered(uri: NodeUri, reply: SipReply, roundTrip: number | undefined): void {
    const node = identityOf(uri, reply.server);
    const at = this.#options.clock.now();
    if (node.kind === 'kdmq') {
      this.#options.hint(uri, 'kdmq');
      return;
    }
    const { directory } = this.#options;
    const held = directory.get(nodeKey(uri));
    const stopping = held?.claim.state === 'left' && at - held.changedAt < goodbyeHoldsMs;
    if (held?.claim.state === 'left' && !stopping) {
      directory.record({ kind: 'seen', node, evidence: 'announced', at }, 'back after its goodbye');
    }
    const seen = {
      kind: 'seen',
      node,
      evidence: 'answered',
      at,
      ...(roundTrip !== undefined && { roundTrip }),
    } as const;
    directory.record(seen, 'answered');
    for (const line of readNotification(decodeText(reply.body)).lines) {
      if (line.status === 'active' && !sameNode(line.uri, uri)) this.#hearOfOther(line);
    }
  }

  /** A Kamailio that came to us is told to the other Kamailio nodes at once, as Max-Forwards 2 asks. */
  #tellOthersThan(key: string): void {
    if (!this.isTold()) return;
    for (const record of this.#options.directory.active()) {
      if (record.kind !== 'kdmq' && record.key !== key) this.ping(record.uri, 1_500, () => {});
    }
  }

  #toldKeys(): ReadonlySet<string> {
    if (this.#told !== undefined) return this.#told;
    const { local } = this.#options.directory;
    const ours: TellableNode[] = [{ uri: local.uri, incarnation: local.incarnation }];
    const others = [];
    for (const record of this.#options.directory.records()) {
      if (!isLiving(record)) continue;
      if (record.kind === 'kdmq') ours.push({ uri: record.uri, incarnation: record.claim.incarnation });
      else others.push(record);
    }
    this.#told = toldNodes(ours, others);
    return this.#told;
  }

  /** The list as it may be told to a Kamailio: itself, the active Kamailio nodes and those of ours that are told. */
  #list(): string {
    const { local } = this.#options.directory;
    const told = this.#toldKeys();
    let body = told.has(local.key) ? writeNotificationLine(local.uri, 'active') : '';
    for (const record of this.#options.directory.active()) {
      if (record.kind !== 'kdmq' || told.has(record.key)) body += writeNotificationLine(record.uri, 'active');
    }
    return body;
  }

  #remember(uri: NodeUri, told: boolean): void {
    if (this.#holders.size < maxRemembered) this.#holders.set(nodeKey(uri), { uri, told });
  }

  /** This node was told before there were so many: it makes room in that Kamailio's list. */
  #withdraw(uri: NodeUri): void {
    const key = nodeKey(uri);
    if (this.#holders.get(key)?.told !== true) return;
    this.#holders.delete(key);
    this.#sayDisabled(uri, 1_500, () => {});
  }

  #livingOthers(): NodeUri[] {
    const records = [...this.#options.directory.records()].filter(isLiving);
    return records.filter(({ kind }) => kind === 'kamailio' || kind === 'other').map(({ uri }) => uri);
  }

  /** Whether the Kamailio's own list names this node. */
  #askWhetherListed(uri: NodeUri, deadlineMs: number, done: (listed: boolean) => void): void {
    const { key } = this.#options.directory.local;
    this.#send(uri, '', 1, deadlineMs, (outcome) => {
      const lines = outcome.ok ? readNotification(decodeText(outcome.reply.body)).lines : [];
      done(lines.some((line) => nodeKey(line.uri) === key));
    });
  }

  #sayDisabled(uri: NodeUri, deadlineMs: number, done: () => void): void {
    const body = writeNotificationLine(this.#options.directory.local.uri, 'disabled');
    this.#send(uri, body, 1, deadlineMs, () => done());
  }

  #send(
    target: NodeUri,
    body: string,
    maxForwards: number,
    deadlineMs: number,
    done: (outcome: SendOutcome) => void,
  ): void {
    const channel = this.#options.channel();
    this.#options.transport.send({ channel, target, body, contentType: listType, maxForwards, deadlineMs }, done);
  }
}

function identityOf(uri: NodeUri, software: string | undefined): NodeIdentity {
  return { uri, kind: kindOfSoftware(software), instance: '', software: (software ?? '').slice(0, 128), streams: [] };
}
