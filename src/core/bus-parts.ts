import { type NodeUri, nodeKey } from './node-uri.ts';

/** What a node says whom it holds as active. */
export interface SaidList {
  readonly uri: NodeUri;
  readonly holds: readonly NodeUri[];
}

/** The nodes of a bus that falls apart: who is connected, in either direction and over others. One part: the bus is whole. */
export function busParts(lists: readonly SaidList[]): readonly (readonly NodeUri[])[] {
  const parts: { readonly keys: Set<string>; readonly members: NodeUri[] }[] = [];
  for (const { uri, holds } of lists) {
    const keys = new Set([uri, ...holds].map(nodeKey));
    const touched = parts.filter((part) => [...keys].some((key) => part.keys.has(key)));
    const joined = { keys, members: [uri] };
    for (const part of touched) {
      for (const key of part.keys) joined.keys.add(key);
      joined.members.unshift(...part.members);
      parts.splice(parts.indexOf(part), 1);
    }
    parts.push(joined);
  }
  return parts.map(({ members }) => members);
}
