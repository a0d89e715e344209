/** What `kdmq doctor` has seen. */
export interface Finding {
  readonly check:
    | 'configuration'
    | 'names'
    | 'sockets'
    | 'http'
    | 'readiness'
    | 'nodes'
    | 'bus'
    | 'store'
    | 'clock'
    | 'pods'
    | 'kubernetes';
  readonly level: 'ok' | 'warning' | 'error';
  readonly what: string;
  /** What to do about it. */
  readonly next?: string;
}
