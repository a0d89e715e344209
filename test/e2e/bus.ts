import { expect, vi } from 'vitest';
import type { TestNamespace } from '../cluster/test-namespace.ts';
import type { NodePod, Release } from './release.ts';
import type { Runner } from './runner.ts';

interface ListedNode {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly phase?: string; readonly seenBy?: string; readonly version?: string };
}

/** As `kubectl get dmqnodes` shows them: name, phase and by how many it is seen. */
async function shownNodes(namespace: TestNamespace): Promise<string[]> {
  const { items } = JSON.parse(await namespace.kubectl('get', 'dmqnodes', '-o', 'json')) as { items: ListedNode[] };
  return items.map(({ metadata, status }) => `${metadata.name} ${status?.phase} ${status?.seenBy}`).sort();
}

/** Waits until `kubectl get dmqnodes` shows exactly these as active for all `observers`. */
export async function showsActive(
  namespace: TestNamespace,
  names: readonly string[],
  observers: number,
): Promise<void> {
  const expected = names.map((name) => `${name} active ${observers}/${observers}`).sort();
  await vi.waitFor(async () => expect(await shownNodes(namespace)).toEqual(expected), {
    timeout: 60_000,
    interval: 300,
  });
}

export const listUrl = ({ http }: Pick<NodePod, 'http'>): string => `${http}/api/v1/nodes`;

/** A Kamailio beside a release. */
interface Beside {
  readonly uri: string;
  readonly rpc: string;
}

/** Waits until each node of a release, and each Kamailio beside it, lists all of them as active and nobody else. */
export async function listsAreWhole(
  runner: Runner,
  release: Release,
  kamailios: readonly Beside[] = [],
  deadlineMs = 20_000,
): Promise<void> {
  const pods = await release.pods();
  const seen = await runner.look({
    urls: [...pods.map(listUrl), ...kamailios.map(({ rpc }) => rpc)],
    active: [...pods, ...kamailios].map(({ uri }) => uri),
    deadlineMs,
  });
  expect(seen.held, JSON.stringify(seen.lists)).toBe(true);
}
