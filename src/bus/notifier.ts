import { isIpAddress } from '../core/ip-address.ts';
import type { NodeIdentity, NodeKind } from '../core/node-record.ts';
import { type NodeUri, nodeKey, sameNode } from '../core/node-uri.ts';
import { type NotificationLine, readNotification, writeNotificationLine } from '../core/notification.ts';
import { kindOfSoftware } from '../core/software.ts';
import { decodeText } from '../core/text.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { ReplyContent, SendOutcome, SipReply, SipRequest, SipTransport } from '../ports/sip-transport.ts';
import type { Counters } from '../ports/telemetry.ts';
import type { Directory } from './directory.ts';
import { KamailioRegister } from './kamailio-register.ts';
import { nodeIsStopping } from './stopping-reply.ts';

/** What stands at an address that was looked at. */
export type Look =
  | { readonly kind: 'found'; readonly software: NodeKind; readonly roundTrip: number }
  | { readonly kind: 'refused'; readonly code: number }
  | { readonly kind: 'unanswered'; readonly detail: string };

export interface NotifierOptions {
  readonly directory: Directory;
  readonly transport: SipTransport;
  readonly clock: Clock;
  readonly random: Random;
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

/** The notification channel: how our node appears to Kamailio nodes, and what it learns from them. */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #register: KamailioRegister;
  /** Nodes that spoke up here first: the others are told of them by this node. */
  readonly #cameHere = new Set<string>();

  constructor(options: NotifierOptions) {
    this.#options = options;
    const { directory, clock, random } = options;
    this.#register = new KamailioRegister({
      directory,
      clock,
      random,
      say: (uri, body, deadlineMs, done) => this.#say(uri, body, deadlineMs, done),
    });
    directory.onChange((change) => {
      if (change.transition === 'joined' && this.#cameHere.delete(change.key)) this.#tellOthersThan(change.key);
      if (change.after === undefined || change.after.buried) this.#cameHere.delete(change.key);
    });
  }

  /** Whether this node pings that Kamailio: it stands in its list, or should. */
  isConcernedWith(uri: NodeUri): boolean {
    return this.#register.isTold() || this.#register.isListedAt(uri);
  }

  /** Asks for a list without naming any node: a Kamailio answers with its own and adds nobody. */
  look(uri: NodeUri, deadlineMs: number, done: (look: Look) => void): void {
    const { clock } = this.#options;
    const sentAt = clock.now();
    this.#send(uri, '', deadlineMs, (outcome) => {
      if (!outcome.ok) done({ kind: 'unanswered', detail: outcome.detail });
      else if (outcome.reply.code !== 200) done({ kind: 'refused', code: outcome.reply.code });
      else {
        const software = kindOfSoftware(outcome.reply.server);
        const roundTrip = clock.now() - sentAt;
        if (software !== 'kdmq') this.#answered(uri, outcome.reply, roundTrip);
        done({ kind: 'found', software, roundTrip });
      }
    });
  }

  /** Asks for a list as `look` does, and learns nothing from the answer. */
  askForList(uri: NodeUri, deadlineMs: number, done: (outcome: SendOutcome) => void): void {
    this.#send(uri, '', deadlineMs, done);
  }

  /** A Kamailio was looked at: this node names itself there, or takes itself away, as it should be. */
  settle(uri: NodeUri, roundTrip: number): void {
    if (!this.#options.directory.local.leaving) this.#register.settle(uri, roundTrip);
  }

  /** Kamailio's ping: a notification with the list where this node stands in the Kamailio's own, else a look first. */
  ping(uri: NodeUri, deadlineMs: number, done: (answered: boolean) => void): void {
    if (this.#register.isTold() && this.#register.isListedAt(uri) && !this.#options.directory.local.leaving) {
      this.#register.noteHolder(uri);
      this.#say(uri, this.#register.listFor(uri), deadlineMs, done);
      return;
    }
    this.look(uri, deadlineMs, (look) => {
      const isThere = look.kind === 'found' && look.software !== 'kdmq';
      if (isThere) this.settle(uri, look.roundTrip);
      done(isThere);
    });
  }

  /** Says `disabled` of this node to every Kamailio that holds it; `done` when all have answered or the deadline is over. */
  goodbye(deadlineMs: number, done: () => void): void {
    this.#register.goodbye(deadlineMs, done);
  }

  /** That Kamailio is no fellow any more: it is told that this node is none of its. */
  dismiss(uri: NodeUri): void {
    if (!this.#options.directory.local.leaving) this.#register.withdraw(uri);
  }

  /** That node is gone for certain: Kamailio nodes hear of it. Never on a suspicion: they believe it of anybody. */
  tellDeath(gone: NodeUri): void {
    this.#register.tellDeath(gone);
  }

  /** Names this node nowhere any more; a goodbye may still be said. */
  stop(): void {
    this.#register.stop();
  }

  /** Answers a request on the notification channel. */
  receive(request: SipRequest, reply: (content: ReplyContent) => void): void {
    const { directory } = this.#options;
    // A 200 would bring a node that is stopping back to life at a Kamailio.
    if (directory.local.leaving) {
      reply(nodeIsStopping);
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
    const addressed = list.lines.filter(({ uri }) => isIpAddress(uri.host));
    const names = list.lines.length - addressed.length;
    if (names > 0) this.#options.counters.add('notification_lines_skipped', 'name', names);
    const own = sender.host === request.source.address;
    for (const line of addressed.slice(0, believedLines)) {
      if (own && sameNode(line.uri, sender)) this.#hearSender(request, line);
      else this.#hearOfOther(line);
    }
    const asksOnly = request.body.length === 0;
    const body = asksOnly ? this.#register.wholeList() : this.#register.listFor(sender);
    reply({ code: 200, contentType: listType, body });
  }

  #hearSender(request: SipRequest, line: NotificationLine): void {
    const { directory, clock } = this.#options;
    const node = identityOf(line.uri, request.userAgent);
    const key = nodeKey(line.uri);
    const at = clock.now();
    if (line.status === 'disabled') {
      this.#register.forget(key);
      if (directory.get(key) !== undefined) {
        directory.record({ kind: 'seen', node, evidence: 'goodbye', at }, 'goodbye');
      }
      return;
    }
    const suspected = directory.get(key)?.claim.state === 'suspect';
    directory.record({ kind: 'seen', node, evidence: 'announced', at }, 'announced itself');
    // Its word alone, which anybody could have sent in its name, does not end the suspicion for long.
    if (suspected) this.#options.doubt(key);
    if ((request.maxForwards ?? 1) > 1 && this.#cameHere.size < maxRemembered) this.#cameHere.add(key);
    this.#register.noteHolder(line.uri);
    this.#register.noteList(line.uri, decodeText(request.body));
    this.#options.hint(line.uri, node.kind);
  }

  /**
   * A name instead of an address is passed over: Kamailio lists its own notification address so, beside the node that answers there,
   * which would be on the bus twice. And no list makes this node ask DNS.
   */
  #hearOfOther(line: NotificationLine): void {
    if (!isIpAddress(line.uri.host)) return;
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
    this.#register.noteList(uri, decodeText(reply.body));
    for (const line of readNotification(decodeText(reply.body)).lines) {
      if (line.status === 'active' && !sameNode(line.uri, uri)) this.#hearOfOther(line);
    }
  }

  /** A Kamailio that came to us is told to the other Kamailio nodes at once, as Max-Forwards 2 asks. */
  #tellOthersThan(key: string): void {
    if (!this.#register.isTold()) return;
    for (const record of this.#options.directory.active()) {
      if (record.kind !== 'kdmq' && record.key !== key) this.ping(record.uri, 1_500, () => {});
    }
  }

  /** Sends a list; calls back with whether a Kamailio, or the like, answered. */
  #say(uri: NodeUri, body: string, deadlineMs: number, done: (answered: boolean) => void): void {
    const sentAt = this.#options.clock.now();
    this.#send(uri, body, deadlineMs, (outcome) => {
      const answered = outcome.ok && outcome.reply.code === 200;
      if (answered) this.#answered(uri, outcome.reply, this.#options.clock.now() - sentAt);
      done(answered && kindOfSoftware(outcome.reply.server) !== 'kdmq');
    });
  }

  #send(target: NodeUri, body: string, deadlineMs: number, done: (outcome: SendOutcome) => void): void {
    const request = {
      channel: this.#options.channel(),
      target,
      body,
      contentType: listType,
      maxForwards: 1,
      deadlineMs,
    };
    this.#options.transport.send(request, done);
  }
}

function identityOf(uri: NodeUri, software: string | undefined): NodeIdentity {
  return { uri, kind: kindOfSoftware(software), instance: '', software: (software ?? '').slice(0, 128), streams: [] };
}
