/** What `kdmq trace` was asked for. */
export interface TraceCommand {
  /** The file for a capture; `-` is standard output. Undefined: messages are printed. */
  readonly write: string | undefined;
  readonly node: string | undefined;
  readonly count: number | undefined;
  readonly forS: number | undefined;
  readonly isVerbose: boolean;
  readonly output: 'text' | 'json';
}
