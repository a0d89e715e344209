import type { ObservedPod } from './observed-pod.ts';

/** The kubelet notes a start a little after it happened. A run that was over sooner than this is told from its successor by probes only. */
const startMarginMs = 5_000;

/**
 * Whether it is proven that the process that began at `startedAt` is over, by what the kubelet says of the pod's container. Both times
 * are of the same machine's clock; the kubelet's are cut to seconds, so a small difference proves nothing.
 */
export function isOver(pod: ObservedPod, startedAt: number): boolean {
  if (pod.phase === 'Succeeded' || pod.phase === 'Failed') return true;
  const { container } = pod;
  if (container === undefined) return false;
  if (container.state === 'running') {
    return container.startedAt !== undefined && startedAt < container.startedAt - startMarginMs;
  }
  // A next run may have begun that is not told of yet; what began before the last end is over in any case.
  return container.endedAt !== undefined && startedAt < container.endedAt;
}
