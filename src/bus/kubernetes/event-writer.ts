import { ClusterError } from '../../core/kubernetes/cluster-error.ts';
import type { ClusterEvent, EventReason, EventSubject } from '../../core/kubernetes/cluster-event.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ClusterWriter } from '../../ports/cluster-writer.ts';
import type { Counters } from '../../ports/telemetry.ts';

/** Something to be told of a node. */
export interface NodeNews {
  readonly key: string;
  readonly reason: EventReason;
  readonly note: string;
}

export interface EventWriterOptions {
  readonly writer: Pick<ClusterWriter, 'createEvent' | 'repeatEvent'>;
  /** The object of that kind for the node, as soon as there is one. */
  readonly subject: (kind: EventSubject['kind'], key: string) => EventSubject | undefined;
  readonly mayWrite: () => boolean;
  readonly clock: Clock;
  readonly counters: Counters;
}

interface Waiting extends NodeNews {
  readonly kind: EventSubject['kind'];
  /** Monotonic, and of the day. */
  readonly since: number;
  readonly time: number;
}

const maxWaiting = 200;
/** A node that has just come has no DmqNode yet. */
const patienceMs = 10_000;
/** What happens again within this time is counted in the Event that is there. */
const seriesMs = 600_000;
const maxSeries = 500;
const warnings: ReadonlySet<EventReason> = new Set(['Suspected', 'Left', 'SplitView']);

/** Tells people what happened to nodes: Events on the pod and on the DmqNode, repeats counted in one. */
export class EventWriter {
  readonly #options: EventWriterOptions;
  #waiting: Waiting[] = [];
  readonly #series = new Map<string, { readonly name: string; count: number; at: number }>();
  #isBusy = false;

  constructor(options: EventWriterOptions) {
    this.#options = options;
  }

  /** To be told with the next flush, on each of both objects that there is by then. What is not told within 10 s is forgotten. */
  add(news: NodeNews): void {
    const { clock, counters } = this.#options;
    this.forgetBefore(clock.now() - patienceMs);
    for (const kind of ['Pod', 'DmqNode'] as const) {
      if (this.#waiting.length >= maxWaiting) counters.add('kubernetes_events_dropped', 'full');
      else this.#waiting.push({ ...news, kind, since: clock.now(), time: clock.wallTime() });
    }
  }

  /** What happened before that time (monotonic milliseconds) was told by somebody else. */
  forgetBefore(time: number): void {
    this.#waiting = this.#waiting.filter(({ since }) => since >= time);
  }

  /** Writes what can be written. Never rejects. */
  async flush(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    const { clock, counters, subject, mayWrite } = this.#options;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) {
      const about = subject(one.kind, one.key);
      if (!mayWrite()) this.#waiting.push(one);
      else if (about !== undefined) await this.#write(one, about);
      else if (clock.now() - one.since < patienceMs) this.#waiting.push(one);
      else if (one.kind === 'DmqNode') counters.add('kubernetes_events_dropped', 'no_subject');
    }
    this.#isBusy = false;
  }

  async #write({ reason, note, time }: Waiting, subject: EventSubject): Promise<void> {
    const { writer, clock, counters } = this.#options;
    const key = `${subject.uid} ${reason}`;
    const series = this.#series.get(key);
    const event: ClusterEvent = { reason, type: warnings.has(reason) ? 'Warning' : 'Normal', note, subject, time };
    try {
      if (series !== undefined && clock.now() - series.at < seriesMs) {
        series.count += 1;
        series.at = clock.now();
        await writer.repeatEvent(series.name, series.count, time);
        return;
      }
      const name = await writer.createEvent(event);
      this.#series.delete(key);
      if (this.#series.size >= maxSeries) this.#series.delete(this.#series.keys().next().value ?? key);
      this.#series.set(key, { name, count: 1, at: clock.now() });
    } catch (cause) {
      // An Event that is lost is lost: the status says how things stand.
      this.#series.delete(key);
      counters.add('kubernetes_events_dropped', cause instanceof ClusterError ? cause.code.toLowerCase() : 'refused');
    }
  }
}
