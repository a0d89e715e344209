import type { NodePod } from '../../core/kubernetes/node-pod.ts';
import type { Finding } from './finding.ts';

const check = 'pods';

/** Whether the pods of a release are ready. */
export function checkPods(pods: readonly NodePod[], namespace: string): readonly Finding[] {
  const unready = pods.filter(({ ready }) => !ready);
  if (unready.length === 0)
    return [{ check, level: 'ok', what: `of the release: ${pods.length} of ${pods.length} are ready` }];
  return unready.map(({ name }) => ({
    check,
    level: 'error',
    what: `${name} is not ready`,
    next: `kdmq nodes --namespace ${namespace} --pod ${name} says which of its checks fail, kubectl --namespace ${namespace} describe pod ${name} whether it runs.`,
  }));
}
