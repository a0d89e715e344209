import { type NodeUri, nodeKey } from './node-uri.ts';
import { readNotification, writeNotificationLine } from './notification.ts';

/**
 * Kamailio builds its own list in 1,024 bytes, and answers no notification at all while the list does not fit. Some room is
 * kept for nodes that name themselves there at the same moment, and for a Kamailio that joins by another way than through us.
 */
export const kamailioListBytes = 1_024;
export const reservedBytes = 208;

/** A Kamailio's list as it last said it: itself and the nodes that it holds active. */
export interface KamailioList {
  /** The bytes that each of them takes. */
  readonly nodes: ReadonlyMap<string, number>;
  readonly bytes: number;
  /** Those for whom there was no room any more when they came: they take themselves away again. */
  readonly surplus: ReadonlySet<string>;
}

export function readKamailioList(body: string): KamailioList {
  const active = readNotification(body).lines.filter(({ status }) => status === 'active');
  const surplus = new Set<string>();
  let left = kamailioListBytes - reservedBytes;
  for (const { uri } of active.toReversed()) {
    left -= lineBytes(uri);
    if (left < 0) surplus.add(nodeKey(uri));
  }
  const nodes = new Map(active.map(({ uri }) => [nodeKey(uri), lineBytes(uri)]));
  return { nodes, bytes: body.length, surplus };
}

/** What each of these Kamailio nodes will hold when they have told one another their lists. */
export function joinLists(lists: readonly KamailioList[]): KamailioList {
  const nodes = new Map(lists.flatMap((list) => [...list.nodes]));
  const surplus = new Set(lists.flatMap((list) => [...list.surplus]));
  return { nodes, bytes: [...nodes.values()].reduce((sum, bytes) => sum + bytes, 0), surplus };
}

/** Of `nodes`, in their order, those that the Kamailio holds already and those for which there is room besides. */
export function fittingNodes(nodes: readonly NodeUri[], held: KamailioList): NodeUri[] {
  let left = kamailioListBytes - reservedBytes - held.bytes;
  return nodes.filter((uri) => {
    if (held.nodes.has(nodeKey(uri))) return true;
    const bytes = lineBytes(uri);
    if (bytes > left) return false;
    left -= bytes;
    return true;
  });
}

/** Whether a Kamailio's list can name all these. */
export function fitsKamailioList(nodes: readonly NodeUri[]): boolean {
  return nodes.reduce((bytes, uri) => bytes + lineBytes(uri), 0) <= kamailioListBytes - reservedBytes;
}

/** Bytes that a node takes in a list as Kamailio writes it: the same line that we write. */
export function lineBytes(uri: NodeUri): number {
  return writeNotificationLine(uri, 'active').length;
}
