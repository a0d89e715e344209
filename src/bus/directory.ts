import type { Fact } from '../core/gossip-message.ts';
import { type Burials, noBurials } from '../core/kubernetes/burials.ts';
import { isLivingClaim } from '../core/node-claim.ts';
import type { NodeEvent } from '../core/node-event.ts';
import { type ListedNode, type NodeChange, NodeList } from '../core/node-list.ts';
import { type FailurePolicy, isVerified, type NodeRecord } from '../core/node-record.ts';
import { type NodeTransition, transitionOf } from '../core/node-transition.ts';
import { formatNodeUri, nodeKey } from '../core/node-uri.ts';
import type { NotificationLine } from '../core/notification.ts';
import type { Clock } from '../ports/clock.ts';
import type { Counters, Log } from '../ports/telemetry.ts';
import type { LocalNode } from './local-node.ts';

/** A change that was carried out, with what it means and why it happened. */
export interface DirectoryChange extends NodeChange {
  readonly event: NodeEvent;
  readonly transition: NodeTransition | undefined;
  readonly why: string;
}

export interface DirectoryOptions {
  readonly local: LocalNode;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  readonly policy: () => FailurePolicy;
}

/** How long the dead stay in the list before they are buried where Kamailio's rule removes them, and how long after that in memory. */
const deadShownMs = 2_000;
const rememberedMs = 600_000;

/**
 * The one place where the node list changes. Carries out events, writes one log line when a node joins or goes, tells who listens.
 */
export class Directory {
  readonly local: LocalNode;
  readonly #options: DirectoryOptions;
  readonly #list: NodeList;
  readonly #listeners: ((change: DirectoryChange) => void)[] = [];
  #hosts: ReadonlySet<string> | undefined;
  #burials: Burials = noBurials;
  #changedAt = 0;

  constructor(options: DirectoryOptions) {
    this.#options = options;
    this.local = options.local;
    this.#list = new NodeList(options.local.uri);
    this.#list.setLocalIncarnation(options.local.incarnation);
  }

  /** Carries out an event. `why` goes into the log. */
  record(event: NodeEvent, why: string): void {
    if (this.#isOfBuried(event)) {
      this.#options.counters.add('facts_ignored', 'buried');
      return;
    }
    const change = this.#list.apply(event);
    if (change === undefined) {
      if (this.#list.isFull && 'node' in event) this.#countRefused(nodeKey(event.node.uri));
      return;
    }
    if (change.before?.buried !== change.after?.buried) this.#hosts = undefined;
    const transition = transitionOf(change.before, change.after);
    if (change.before?.claim !== change.after?.claim) this.#changedAt = this.#options.clock.now();
    if (transition !== undefined) this.#report(change, transition, why);
    for (const listener of this.#listeners) listener({ ...change, event, transition, why });
  }

  /** Whose life is proven to be over: nothing that says otherwise is taken any more. */
  bury(burials: Burials): void {
    this.#burials = burials;
  }

  onChange(listener: (change: DirectoryChange) => void): void {
    this.#listeners.push(listener);
  }

  get(key: string): NodeRecord | undefined {
    return this.#list.get(key);
  }

  active(): readonly NodeRecord[] {
    return this.#list.active();
  }

  /** Who gets broadcasts: the active ones, without those that somebody holds to be something else. */
  addressed(): readonly NodeRecord[] {
    return this.#list.addressed();
  }

  /** Whether a node of the list, buried ones aside, has that address. */
  hasHost(host: string): boolean {
    this.#hosts ??= new Set([...this.#list.records()].filter((one) => !one.buried).map((one) => one.uri.host));
    return this.#hosts.has(host);
  }

  get activeCount(): number {
    return this.#list.activeCount;
  }

  records(): IterableIterator<NodeRecord> {
    return this.#list.records();
  }

  listed(): ListedNode[] {
    return this.#list.listed(this.#options.policy());
  }

  /** This node and all that it lists, as they are said to who asks. */
  lines(): NotificationLine[] {
    const own: NotificationLine = { uri: this.local.uri, status: this.local.leaving ? 'disabled' : 'active' };
    return [own, ...this.listed().map(({ record, status }) => ({ uri: record.uri, status }))];
  }

  digest(): string {
    this.#list.setLocalIncarnation(this.local.incarnation);
    return this.#list.digest();
  }

  /** Milliseconds since a claim last changed. */
  quietFor(): number {
    return this.#options.clock.now() - this.#changedAt;
  }

  /** What can be passed on: this node and all living ones, verified or not, and with `graves` the dead too. */
  facts(graves: boolean): Fact[] {
    const facts = [this.local.fact()];
    for (const record of this.#list.records()) {
      const living = record.claim.state === 'alive' || record.claim.state === 'suspect';
      if (living || graves) facts.push({ node: record, claim: record.claim });
    }
    return facts;
  }

  /** Buries the dead and forgets the long buried. Called about once a second. */
  sweep(): void {
    const now = this.#options.clock.now();
    const policy = this.#options.policy();
    for (const record of [...this.#list.records()]) {
      const age = now - record.changedAt;
      const { key } = record;
      if (record.buried && age > rememberedMs) this.record({ kind: 'forgotten', key }, 'long gone');
      else if (!record.buried && age > deadShownMs && mayBury(record, policy)) {
        this.record({ kind: 'buried', key }, record.claim.state === 'left' ? 'left' : 'dead');
      }
    }
  }

  /** A word that a life goes on of which it is proven that it is over, from itself or from those who have not heard. */
  #isOfBuried(event: NodeEvent): boolean {
    if (event.kind !== 'seen' && event.kind !== 'told') return false;
    const saysAlive =
      event.kind === 'told'
        ? isLivingClaim(event.claim)
        : event.evidence === 'answered' || event.evidence === 'announced';
    return saysAlive && this.#burials.isBuried(event.node, this.#options.clock.now());
  }

  #countRefused(key: string): void {
    if (key === this.local.key || this.#list.get(key) !== undefined) return;
    this.#options.counters.add('nodes_refused', 'full');
  }

  #report(change: NodeChange, transition: NodeTransition, why: string): void {
    const record = change.after ?? change.before;
    if (record === undefined) return;
    this.#options.counters.add('node_transitions', transition);
    const fields = { node: formatNodeUri(record.uri), kind: record.kind, why, active: this.#list.activeCount + 1 };
    if (transition === 'suspected' || transition === 'recovered') this.#options.log.debug(`node ${transition}`, fields);
    else if (transition === 'removed' && change.before !== undefined && !isVerified(change.before)) return;
    else this.#options.log.info(`node ${transition}`, fields);
  }
}

/** As in Kamailio: a disabled node goes at its next failure; a notification address or, with remove_inactive 0, any node stays. */
function mayBury(record: NodeRecord, policy: FailurePolicy): boolean {
  if (record.claim.state === 'left') return true;
  if (record.claim.state !== 'dead') return false;
  if (policy.fail_count_enabled) return record.failCount > policy.fail_count_threshold_disabled;
  return policy.remove_inactive && !record.notificationAddress;
}
