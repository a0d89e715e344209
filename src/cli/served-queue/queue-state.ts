/** How a queue stands, as the API of its node says it. */
export interface QueueState {
  readonly name: string;
  readonly state: string;
  readonly why?: string;
  readonly durability: string;
  readonly size: number;
  readonly delayed: number;
  readonly leased: number;
  readonly bytes: number;
  readonly oldestMs?: number;
  readonly counts: {
    /** To make room, by the limit that was hit. */
    readonly dropped: Readonly<Record<string, number>>;
  };
}

/** Of a queue, below `/api/v1`. */
export function queuePath(queue: string): string {
  return `/queues/${encodeURIComponent(queue)}`;
}
