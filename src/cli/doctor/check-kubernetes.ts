import { ClusterError } from '../../core/kubernetes/cluster-error.ts';
import { type NeededRight, neededRights, rightWords } from '../../core/kubernetes/needed-rights.ts';
import type { Settings } from '../../core/settings.ts';
import type { StartInput } from '../../edges/config/setting-sources.ts';
import { readServiceAccount, serviceAccountFolder } from '../../edges/kubernetes/service-account.ts';
import type { ClusterOptions } from '../node-api/cluster-options.ts';
import { checkPods } from './check-pods.ts';
import type { Finding } from './finding.ts';

const check = 'kubernetes';
const CRD_NEXT =
  'kubectl apply -f charts/kdmq/crds brings it: until then declared nodes are not looked for, and kubectl get dmqnodes does not show the bus.';
const RIGHTS_NEXT =
  'The chart makes the Role with rbac.create, for token reviews with http.tokenReview; docs/controller.md has it as a table.';
const ALONE = 'Without the Kubernetes API the bus goes on by DNS and probes.';

/**
 * Whether the Kubernetes API lets a node do what it does there: in a pod for the pod itself, with the flags of a cluster for the service
 * account of the release that they mean, and whether its pods are ready. Elsewhere there is nothing to say. Rejects with a CommandFailure when the flags lead nowhere.
 */
export async function checkKubernetes(
  settings: Settings,
  leaseIsSet: boolean,
  environment: StartInput['environment'],
  cluster: ClusterOptions | undefined,
): Promise<readonly Finding[]> {
  if (cluster !== undefined) return ofRelease(cluster, leaseIsSet ? settings.lease_name : undefined);
  if (!environment.KUBERNETES_SERVICE_HOST) return [];
  if (settings.kubernetes === 'off')
    return [{ check, level: 'ok', what: 'it is not asked: the setting kubernetes is off' }];
  const account = await readServiceAccount(serviceAccountFolder, environment);
  if (typeof account === 'string') return [{ check, level: 'ok', what: `it is not asked: ${account}` }];
  const { podKubeConfig } = await import('../../edges/kubernetes/review-rights.ts');
  const namespace = settings.kubernetes_namespace ?? account.namespace;
  const rights = neededRights(settings.lease_name, settings.http_token_review);
  return look({ config: podKubeConfig(), namespace, rights, account: undefined });
}

async function ofRelease(cluster: ClusterOptions, lease: string | undefined): Promise<readonly Finding[]> {
  const { findNodePod } = await import('../node-api/find-node-pod.ts');
  const { listNodePods } = await import('../../edges/kubernetes/node-pods.ts');
  const { config, namespace, pod } = await findNodePod(cluster);
  // Whoever names a pod needs no right to list the others, and then hears nothing of them.
  const pods = await listNodePods(config, namespace).catch(() => [pod]);
  const ofPods = checkPods(
    pods.filter(({ release }) => release === pod.release),
    namespace,
  );
  const rights = neededRights(lease ?? pod.bus);
  return [...ofPods, ...(await look({ config, namespace, rights, account: pod.serviceAccount }))];
}

interface Subject {
  readonly config: ReturnType<typeof import('../../edges/kubernetes/review-rights.ts').podKubeConfig>;
  readonly namespace: string;
  readonly rights: readonly NeededRight[];
  /** A service account; undefined for whoever asks. */
  readonly account: string | undefined;
}

async function look({ config, namespace, rights, account }: Subject): Promise<readonly Finding[]> {
  const { knowsDmqNodes, missingRights } = await import('../../edges/kubernetes/review-rights.ts');
  const whose = account === undefined ? 'this pod' : `service account ${account}`;
  try {
    const findings: Finding[] = [];
    if (!(await knowsDmqNodes(config))) {
      const what = 'the cluster has no resource dmqnodes.kdmq.dev';
      findings.push({ check, level: 'warning', what, next: CRD_NEXT });
    }
    for (const { right, verbs } of await missingRights(config, namespace, rights, account)) {
      const what = `${whose} lacks ${rightWords(right, verbs)} in namespace ${namespace}: ${right.without}`;
      findings.push({ check, level: 'warning', what, next: RIGHTS_NEXT });
    }
    const what = `${whose} has all rights of a node in namespace ${namespace}, and the cluster knows DmqNodes`;
    return findings.length > 0 ? findings : [{ check, level: 'ok', what }];
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    const next =
      error.code === 'FORBIDDEN' && account !== undefined
        ? 'These credentials may not ask about others: run kdmq doctor in the pod (kubectl exec), where it asks about itself.'
        : ALONE;
    return [{ check, level: 'warning', what: `the Kubernetes API could not be asked: ${error.message}`, next }];
  }
}
