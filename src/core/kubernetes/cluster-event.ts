/** What happened to a node, in the words of Kubernetes Events. */
export type EventReason = 'Joined' | 'Suspected' | 'Left' | 'Rejoined' | 'SplitView';

/** The object that an Event is about. */
export interface EventSubject {
  readonly kind: 'Pod' | 'DmqNode';
  readonly name: string;
  readonly uid: string;
}

/** An Event to be written. */
export interface ClusterEvent {
  readonly reason: EventReason;
  readonly type: 'Normal' | 'Warning';
  /** For people: a sentence, at most 1,024 bytes. */
  readonly note: string;
  readonly subject: EventSubject;
  /** Milliseconds since 1970. */
  readonly time: number;
}
