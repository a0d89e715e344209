import type { HttpRole } from '../../../core/http/http-role.ts';
import type { KdmqNode } from '../../../kdmq-node.ts';
import type { LogLevels } from '../../../ports/log-levels.ts';

/** What the methods do their work with. */
export interface RpcParts {
  readonly node: Pick<KdmqNode, 'nodes' | 'addNode' | 'removeNode' | 'changeStatus' | 'queues' | 'status'>;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly wallTime: () => number;
  readonly levels: LogLevels;
}

/** One method: what it asks of its caller, and what it does. Throws an RpcError. */
export interface RpcMethod {
  readonly need: HttpRole;
  readonly run: (params: readonly unknown[]) => unknown;
}
