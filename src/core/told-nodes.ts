import { kamailioListBytes, lineBytes, reservedBytes } from './kamailio-list.ts';
import type { NodeRecord } from './node-record.ts';
import type { NodeUri } from './node-uri.ts';
import { nodeKey } from './node-uri.ts';
import { knowsNodesByHost } from './software.ts';

/** One of our own nodes as a candidate to be told to Kamailio nodes. */
export interface TellableNode {
  readonly uri: NodeUri;
  readonly incarnation: number;
}

/**
 * Which of our nodes are told to Kamailio nodes, and so get their broadcasts: the oldest ones, as many as fit into
 * Kamailio's list beside the Kamailio nodes themselves. Every node of the bus computes the same set; a newcomer never displaces
 * an elder. Where a Kamailio tells nodes apart by their IP address alone, of several on one address the oldest is told: a goodbye of
 * another one would take that one out of its list. Returns their keys.
 */
export function toldNodes(ours: readonly TellableNode[], others: readonly NodeRecord[]): ReadonlySet<string> {
  let left = kamailioListBytes - reservedBytes;
  for (const other of others) left -= lineBytes(other.uri);
  const elders = ours
    .map((node) => ({ key: nodeKey(node.uri), uri: node.uri, incarnation: node.incarnation }))
    .sort((one, other) => one.incarnation - other.incarnation || (one.key < other.key ? -1 : 1));
  const told = new Set<string>();
  const hosts = new Set<string>();
  const onePerHost = others.some(({ software }) => knowsNodesByHost(software));
  for (const { key, uri } of elders) {
    if (onePerHost && hosts.has(uri.host)) continue;
    left -= lineBytes(uri);
    if (left < 0) break;
    hosts.add(uri.host);
    told.add(key);
  }
  return told;
}
