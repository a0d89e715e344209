import type { TracedMessage } from '../core/trace/traced-message.ts';

/** Where a transport shows what goes over its sockets. */
export interface MessageTap {
  /** Whether anybody looks. To be asked first: without a taker a message costs this and nothing else. */
  readonly hasTakers: boolean;
  /** Never throws. */
  take(message: Omit<TracedMessage, 'time'>): void;
}

/** Where the messages can be followed that a transport shows. */
export interface MessageTrace {
  /**
   * Calls `taker` with each message as it is received or sent, in that order. It must neither throw nor wait: the message
   * goes on when it has returned. Returns what ends it.
   */
  follow(taker: (message: TracedMessage) => void): () => void;
}
