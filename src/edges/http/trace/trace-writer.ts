import type { MessageOutline } from '../../../core/trace/message-outline.ts';
import type { TracedMessage } from '../../../core/trace/traced-message.ts';

/** How many messages there were since a trace began. */
export interface TraceTotals {
  readonly seen: number;
  /** Those among them that are not in the trace: whoever reads it was too slow. */
  readonly dropped: number;
}

/** A form of writing a trace. */
export interface TraceWriter {
  readonly contentType: string;
  /** What stands before the first message. */
  start(): Uint8Array | undefined;
  message(message: TracedMessage, outline: () => MessageOutline): readonly Uint8Array[];
  /** @param time milliseconds since 1970 */
  totals(time: number, totals: TraceTotals): Uint8Array;
}
