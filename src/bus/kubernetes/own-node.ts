import { podReference } from '../../core/kubernetes/bus-inventory.ts';
import { timeText } from '../../core/kubernetes/bus-status.ts';
import { ClusterError } from '../../core/kubernetes/cluster-error.ts';
import { type NodeViewpoint, sameView } from '../../core/kubernetes/dmq-node.ts';
import { formatNodeUri } from '../../core/node-uri.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { ClusterWriter } from '../../ports/cluster-writer.ts';
import type { Random } from '../../ports/random.ts';
import type { Counters } from '../../ports/telemetry.ts';
import type { Directory } from '../directory.ts';

export interface OwnNodeOptions {
  readonly directory: Directory;
  readonly writer: Pick<ClusterWriter, 'applyNode' | 'applyView'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
  readonly pod: { readonly name: string; readonly uid: string };
  readonly bus: string;
  /** Whether a user has declared a DmqNode of that name: it is the user's. */
  readonly isTaken: (name: string) => boolean;
}

/** What changes within this time is said together; a view is said this often at most. */
const gatherMs = 300;
const restMs = 1_000;
/** Said again after so long though nothing changed, in a larger bus more seldom: who stops saying it is not counted any more. */
const repeatMs = 60_000;
const nodesPerRepeat = 100;
const longestRetryMs = 30_000;
/** Nodes of one list that are named. */
const maxNamed = 2_000;

/**
 * Keeps the DmqNode of this pod: where the node is, and whom it sees. Each node says that itself, through Kubernetes and not through
 * the bus, so that the leader hears it also from those whom the bus can't reach: that is what a split looks like.
 */
export class OwnNode {
  readonly #options: OwnNodeOptions;
  #said: NodeViewpoint | undefined;
  #isApplied = false;
  #failures = 0;
  #timer: Timer | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  /** Not before it is started. */
  #notBefore = Number.POSITIVE_INFINITY;
  #isWriting = false;
  #stopped = false;

  constructor(options: OwnNodeOptions) {
    this.#options = options;
    options.directory.onChange(({ before, after }) => {
      const same = before?.claim === after?.claim && before?.verified === after?.verified;
      if (!same || before?.buried !== after?.buried) this.#writeAt(options.clock.now() + gatherMs);
    });
  }

  /** Says it first after `delayMs`, and a little more by chance. */
  start(delayMs = 0): void {
    const { clock, random } = this.#options;
    this.#notBefore = clock.now() + delayMs;
    this.#writeAt(this.#notBefore + gatherMs * random.fraction());
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Whom this node sees now. */
  view(): NodeViewpoint {
    const { directory, clock } = this.#options;
    const { local } = directory;
    const active = local.leaving ? [] : [formatNodeUri(local.uri)];
    const suspected: string[] = [];
    const notActive: string[] = [];
    for (const { record, status } of directory.listed()) {
      const isSuspected = record.claim.state === 'suspect';
      (status !== 'active' ? notActive : isSuspected ? suspected : active).push(formatNodeUri(record.uri));
    }
    const { instance, software } = local.fact().node;
    const named = (list: string[]): string[] => list.sort().slice(0, maxNamed);
    return {
      instance,
      software,
      active: named(active),
      suspected: named(suspected),
      notActive: named(notActive),
      time: timeText(clock.wallTime()),
    };
  }

  #writeAt(time: number): void {
    const { clock } = this.#options;
    const at = Math.max(time, this.#notBefore);
    if (this.#stopped || this.#isWriting || at >= this.#dueAt || at === Number.POSITIVE_INFINITY) return;
    this.#timer?.cancel();
    this.#dueAt = at;
    this.#timer = clock.after(at - clock.now(), () => void this.#write());
  }

  async #write(): Promise<void> {
    const { clock, random, directory } = this.#options;
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#isWriting = true;
    const view = this.view();
    const retry = await this.#say(view);
    this.#isWriting = false;
    const repeat = repeatMs * Math.max(1, directory.activeCount / nodesPerRepeat);
    const wait = retry ?? (sameView(this.view(), view) ? repeat : restMs);
    this.#notBefore = clock.now() + (retry === undefined ? restMs : retry / 2);
    this.#writeAt(clock.now() + wait * (0.75 + random.fraction() / 4));
  }

  /** Returns after how many milliseconds to try again where it failed. */
  async #say(view: NodeViewpoint): Promise<number | undefined> {
    const { writer, pod, bus, directory, counters, isTaken } = this.#options;
    if (isTaken(pod.name)) return longestRetryMs;
    try {
      const { uri } = directory.local;
      const isNew = this.#said?.instance !== view.instance;
      if (!this.#isApplied || isNew) {
        await writer.applyNode({ name: pod.name, address: uri, kind: 'pod', bus, owner: podReference(pod) });
      }
      this.#isApplied = true;
      await writer.applyView(pod.name, view);
      this.#said = view;
      this.#failures = 0;
      return undefined;
    } catch (cause) {
      const code = cause instanceof ClusterError ? cause.code : 'REFUSED';
      counters.add('kubernetes_write_failures', code.toLowerCase());
      // Deleted meanwhile, perhaps with the pod that had this name before: it is made anew.
      this.#isApplied = this.#isApplied && code !== 'ABSENT';
      this.#failures += 1;
      return code === 'FORBIDDEN' ? longestRetryMs : Math.min(longestRetryMs, 500 * 2 ** this.#failures);
    }
  }
}
