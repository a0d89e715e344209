/** What there was until a trace ended. */
export interface TraceEnd {
  /** What has been printed or written, in words. */
  readonly words: string;
  /** Messages in the trace. */
  readonly messages: number;
  /** Messages that are missing in it. */
  readonly dropped: number;
}
