/** What a stream of events can be about. */
export const EVENT_TYPES = ['node', 'message', 'queue'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** One event as it is kept and sent. */
export interface StreamEvent {
  /** `<life>-<number>`: the number grows by one from event to event of a life. */
  readonly id: string;
  readonly type: EventType;
  /** JSON. */
  readonly data: string;
}

/** What came after an event: all of it, or less than that. */
export interface Missed {
  readonly events: readonly StreamEvent[];
  /** Something that came after it is not kept any more. */
  readonly gap: boolean;
}

/** The last events, so that whoever was cut off for a moment misses none. */
export class EventRing {
  readonly #life: string;
  readonly #size: number;
  #events: StreamEvent[] = [];
  /** The number of the oldest event that is kept, or of the next one. */
  #first = 1;

  /** `life`: not used by a ring before. */
  constructor(life: string, size: number) {
    this.#life = life;
    this.#size = size;
  }

  /** Of the last event. Before the first one: what comes after that id misses nothing. */
  get lastId(): string {
    return this.#idOf(this.#first + this.#events.length - 1);
  }

  add(type: EventType, data: string): StreamEvent {
    const event = { id: this.#idOf(this.#first + this.#events.length), type, data };
    this.#events.push(event);
    // Half of it at once: to shift one for each that comes costs as much as the ring is long.
    if (this.#events.length >= 2 * this.#size) this.#forget(this.#size);
    return event;
  }

  /** Nobody noted what happened since the last event: it counts as missed. */
  interrupt(): void {
    this.#forget(this.#events.length);
    this.#first += 1;
  }

  /** What came after the event with that id. */
  after(id: string): Missed {
    const [, life, number] = /^([a-z0-9]+)-(\d{1,15})$/.exec(id) ?? [];
    const next = Number(number) + 1;
    const end = this.#first + this.#events.length;
    if (life !== this.#life || !(next >= this.#first && next <= end)) return { events: [], gap: true };
    return { events: this.#events.slice(next - this.#first), gap: false };
  }

  #idOf(number: number): string {
    return `${this.#life}-${number}`;
  }

  #forget(count: number): void {
    this.#events = this.#events.slice(count);
    this.#first += count;
  }
}
