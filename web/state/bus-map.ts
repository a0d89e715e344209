import type { ListedNode, NodeStatus, View } from './api-answers.ts';

/** How a node holds another one: `self`; `absent`: not in its list; `no_room`: its list can't name all; `unknown`: it said no list. */
export type Sight = NodeStatus | 'self' | 'absent' | 'no_room' | 'unknown';

export interface MapColumn {
  readonly uri: string;
  /** Some see it and others do not. */
  readonly isSplit: boolean;
}

export interface MapRow {
  readonly uri: string;
  readonly kind: string;
  readonly local: boolean;
  /** Why it said no list; undefined when it did. */
  readonly silence: string | undefined;
  /** One for each column. */
  readonly sights: readonly Sight[];
}

/** Who sees whom. The nodes of this node's list come first, rows and columns in the same order. */
export interface BusMap {
  readonly columns: readonly MapColumn[];
  readonly rows: readonly MapRow[];
  readonly splits: number;
}

/** More are not drawn. */
const mostColumns = 64;

/** Puts together what the nodes said. Who is named by a node and is not in our list is a column without a row. */
export function busMap(nodes: readonly Pick<ListedNode, 'uri'>[], views: readonly View[]): BusMap {
  const uris = new Set([...nodes.map(({ uri }) => uri), ...views.map(({ uri }) => uri)]);
  for (const { nodes: named = [] } of views) {
    // A Kamailio lists its notification address by its name, beside the node that answers there.
    for (const { uri, status } of named) if (status === 'active' && hasAddress(uri)) uris.add(uri);
  }
  const shown = [...uris].slice(0, mostColumns);
  const rows = views.slice(0, mostColumns).map((view): MapRow => {
    const { uri, kind, local } = view;
    return { uri, kind, local, silence: silenceOf(view), sights: sightsOf(view, shown) };
  });
  const columns = shown.map((uri, column) => ({ uri, isSplit: isSplit(rows.map(({ sights }) => sights[column])) }));
  return { columns, rows, splits: columns.filter((column) => column.isSplit).length };
}

function sightsOf({ uri: own, nodes, partial }: View, uris: readonly string[]): Sight[] {
  const held = new Map(nodes?.map(({ uri, status }) => [uri, status]));
  return uris.map((uri) => {
    if (uri === own) return 'self';
    if (nodes === undefined) return 'unknown';
    return held.get(uri) ?? (partial ? 'no_room' : 'absent');
  });
}

/** Those who are known to see it, and those who are known not to. */
function isSplit(sights: readonly (Sight | undefined)[]): boolean {
  const isSeen = sights.includes('active');
  return isSeen && sights.some((sight) => sight === 'absent' || sight === 'not_active' || sight === 'disabled');
}

function silenceOf({ error, code }: View): string | undefined {
  if (error === undefined) return undefined;
  if (error === 'refused') return `refused with ${code ?? '?'}`;
  return SILENCES[error] ?? error;
}

const SILENCES: Readonly<Record<string, string>> = {
  timeout: 'no answer within a second',
  unreachable: 'not reachable',
  overflow: 'too many requests under way here',
  too_large: 'its answer is too large',
  untrusted: 'its certificate is not trusted',
  stopped: 'this node is stopping',
  not_asked: 'not asked: the bus is too large',
};

function hasAddress(uri: string): boolean {
  return /^sips?:(?:[^@]*@)?(?:\d+\.\d+\.\d+\.\d+|\[[0-9a-f:.]+\])(?:[:;]|$)/i.test(uri);
}
