import type { ClusterErrorCode } from '../../core/kubernetes/cluster-error.ts';
import type { ClusterWriter } from '../../ports/cluster-writer.ts';

export type WriterMethod = keyof ClusterWriter;

/** What the thread is started with. */
export interface WriterThreadData {
  readonly namespace: string;
  readonly leaseName: string;
  /** What stands before the paths under /var/run/secrets; empty but in tests. */
  readonly pathPrefix: string;
  /** Who writes, as Events name it. */
  readonly instance: string;
}

/** One call, from the node to the thread. */
export interface WriterCall {
  readonly id: number;
  readonly method: WriterMethod;
  readonly arguments: readonly unknown[];
}

/** Its outcome, back. */
export type WriterAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly code: ClusterErrorCode; readonly message: string; readonly retryAfterMs?: number };
