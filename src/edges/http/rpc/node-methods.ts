import type { NodeView } from '../../../kdmq-node.ts';
import { RpcError } from './rpc-error.ts';
import type { RpcMethod, RpcParts } from './rpc-method.ts';

const STATUSES = ['active', 'not_active', 'disabled'] as const;

/** The methods of Kamailio's dmq module. */
export function nodeMethods({ node, wallTime }: Pick<RpcParts, 'node' | 'wallTime'>): Record<string, RpcMethod> {
  return {
    'dmq.list_nodes': {
      need: 'read',
      run: () => {
        const all = node.nodes().map((view) => rowOf(view, wallTime()));
        // This node last, as Kamailio has it.
        return [...all.filter(({ local }) => local === 0), ...all.filter(({ local }) => local === 1)];
      },
    },
    'dmq.add': {
      need: 'write',
      run: ([uri]) => {
        change(() => node.addNode(textOf(uri, 'the SIP URI of a node')));
        return 'Ok. DMQ node added.';
      },
    },
    'dmq.remove': {
      need: 'write',
      run: ([uri]) => {
        if (uri === undefined) throw new RpcError(500, 'Invalid Parameters');
        if (typeof uri === 'object') throw new RpcError(500, 'Failure');
        try {
          node.removeNode(String(uri));
        } catch (error) {
          // Kamailio is content when there is no such node.
          if (codeOf(error) !== 'NODE_UNKNOWN') throw isOurs(error) ? new RpcError(500, 'Failure') : error;
        }
        return 'Ok. DMQ node removed.';
      },
    },
    'dmq.change_status': {
      need: 'write',
      run: ([uri, written]) => {
        const target = textOf(uri, 'the SIP URI of a node');
        const status = STATUSES.find((word) => word === written);
        if (status === undefined) throw new RpcError(400, `the second parameter is one of ${STATUSES.join(', ')}`);
        change(() => node.changeStatus(target, status));
        return 'Ok. DMQ node status changed.';
      },
    },
  };
}

/** A node as Kamailio lists it. `proto` is `*` where the URI names no transport. */
function rowOf(view: NodeView, now: number) {
  const { host, port, transport, status, local, seenAgoMs, failCount } = view;
  return {
    host,
    port: String(port),
    proto: transport === 'udp' ? '*' : transport,
    resolved_ip: host,
    status,
    last_notification: seenAgoMs === undefined ? 0 : Math.floor((now - seenAgoMs) / 1_000),
    local: local ? 1 : 0,
    fail_count: failCount,
  } as const;
}

function textOf(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw new RpcError(400, `the first parameter is ${what}`);
}

/** Carries out a change that Kamailio 5.6 and 6.1 do not have: what is wrong is said in our words. */
function change(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isOurs(error)) throw error;
    throw new RpcError(codeOf(error) === 'NODE_UNKNOWN' ? 404 : 400, error.message);
  }
}

const CODES: readonly unknown[] = [
  'TARGET_NOT_A_URI',
  'TARGET_NOT_A_HOST',
  'NODE_UNKNOWN',
  'NODE_LOCAL',
  'NODE_NOT_AN_ADDRESS',
  'TOO_MANY_NODES',
];

function isOurs(error: unknown): error is Error {
  return error instanceof Error && CODES.includes(codeOf(error));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
