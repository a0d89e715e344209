import { setTimeout as after } from 'node:timers/promises';
import { exchange } from './exchange.ts';

/** Where a node is asked for its list: `/api/v1/nodes` of kdmq, or `/RPC` of a Kamailio. */
export type ListUrl = string;

export interface Look {
  readonly urls: readonly ListUrl[];
  /** Exactly these nodes have to be active in each list. */
  readonly active?: readonly string[];
  /** This node must not be active in any list. */
  readonly without?: string;
  readonly deadlineMs: number;
}

export interface Seen {
  readonly held: boolean;
  /** When the answers were there that decided, in milliseconds since the epoch. */
  readonly at: number;
  /** By address: the active nodes of the list that came last, or why there is none. */
  readonly lists: Readonly<Record<ListUrl, readonly string[] | string>>;
}

const pauseMs = 30;

/** Asks each node for its list until all of them are as wanted, or the time is over. */
export async function lookUntil({ urls, active, without, deadlineMs }: Look): Promise<Seen> {
  const wanted = active && [...active].sort().join();
  const holds = (list: readonly string[] | string): boolean =>
    Array.isArray(list) &&
    (wanted === undefined || list.join() === wanted) &&
    (without === undefined || !list.includes(without));
  const end = performance.now() + deadlineMs;
  for (;;) {
    const lists = await Promise.all(urls.map(activeNodes));
    const held = lists.every(holds);
    if (held || performance.now() > end) {
      return { held, at: Date.now(), lists: Object.fromEntries(urls.map((url, i) => [url, lists[i] ?? ''])) };
    }
    await after(pauseMs);
  }
}

async function activeNodes(url: ListUrl): Promise<string[] | string> {
  const isKamailio = url.endsWith('/RPC');
  const body = '{"jsonrpc":"2.0","method":"dmq.list_nodes","id":1}';
  const answer = await exchange({ url, deadlineMs: 2_000, ...(isKamailio && { method: 'POST', body }) });
  if (answer.status !== 200) return `${answer.status} ${answer.body}`;
  return (isKamailio ? activeOfKamailio : activeOfKdmq)(answer.body).sort();
}

function activeOfKdmq(body: string): string[] {
  const { nodes } = JSON.parse(body) as {
    readonly nodes: readonly { readonly uri: string; readonly status: string }[];
  };
  return nodes.filter(({ status }) => status === 'active').map(({ uri }) => uri);
}

function activeOfKamailio(body: string): string[] {
  type Row = { readonly host: string; readonly port: string | number; readonly status: string };
  const { result } = JSON.parse(body) as { readonly result?: readonly Row[] | Row };
  const rows = result === undefined ? [] : ([result].flat() as Row[]);
  return rows.filter(({ status }) => status === 'active').map(({ host, port }) => `sip:${host}:${port}`);
}
