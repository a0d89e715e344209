import { CoreV1Api, type KubeConfig, type V1Pod } from '@kubernetes/client-node';
import type { NodePod } from '../../core/kubernetes/node-pod.ts';
import { clientError } from './client-apis.ts';
import { clientConfiguration } from './client-configuration.ts';

const callMs = 10_000;
/** As the chart names them. */
const selector = 'app.kubernetes.io/component=node';
const containerName = 'kdmq';

/** The pods of all releases in a namespace. Rejects with a ClusterError. */
export async function listNodePods(config: KubeConfig, namespace: string): Promise<readonly NodePod[]> {
  const api = new CoreV1Api(clientConfiguration(config, callMs));
  try {
    const { items } = await api.listNamespacedPod({ namespace, labelSelector: selector });
    return items.map(nodePodOf).filter((pod) => pod !== undefined);
  } catch (cause) {
    throw clientError(`the pods of namespace ${namespace}`, cause);
  }
}

/** One pod by its name; undefined where it is none of a release. Rejects with a ClusterError, ABSENT where there is none. */
export async function readNodePod(config: KubeConfig, namespace: string, name: string): Promise<NodePod | undefined> {
  const api = new CoreV1Api(clientConfiguration(config, callMs));
  try {
    return nodePodOf(await api.readNamespacedPod({ namespace, name }));
  } catch (cause) {
    throw clientError(`pod ${name} of namespace ${namespace}`, cause);
  }
}

function nodePodOf({ metadata, spec, status }: V1Pod): NodePod | undefined {
  const container = spec?.containers.find(({ name }) => name === containerName);
  const http = container?.ports?.find(({ name }) => name === 'http');
  if (metadata?.name === undefined || container === undefined || http === undefined) return undefined;
  const isReady = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
  return {
    name: metadata.name,
    release: metadata.labels?.['app.kubernetes.io/instance'] ?? '',
    ready: isReady && metadata.deletionTimestamp === undefined,
    port: http.containerPort,
    scheme: container.readinessProbe?.httpGet?.scheme === 'HTTPS' ? 'https' : 'http',
    bus: metadata.labels?.['kdmq.dev/bus'] ?? '',
    serviceAccount: spec?.serviceAccountName ?? 'default',
    tokenSecret: spec?.volumes?.find(({ name }) => name === 'http')?.secret?.secretName,
  };
}
