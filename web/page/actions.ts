import type { NodeApi } from '../net/node-api.ts';

/** What the reader can make the page do. */
export interface Actions {
  readonly api: NodeApi;
  /** Begins anew with that token, or with none. */
  readonly useToken: (token: string | undefined) => void;
  /** Something was done to a queue. */
  readonly readQueues: () => void;
}
