import { chooseNodePod, type NodePod, type NoNodePod } from '../../core/kubernetes/node-pod.ts';
import { KubeConfigError, type LoadedKubeConfig, loadKubeConfig } from '../../edges/kubernetes/load-kube-config.ts';
import { listNodePods, readNodePod } from '../../edges/kubernetes/node-pods.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { clusterFailure } from './cluster-failure.ts';
import type { ClusterOptions } from './cluster-options.ts';

export interface FoundNodePod {
  readonly config: LoadedKubeConfig['config'];
  readonly namespace: string;
  readonly pod: NodePod;
}

/** The pod that the options mean. Rejects with a CommandFailure that names the next step. */
export async function findNodePod(options: ClusterOptions): Promise<FoundNodePod> {
  const { kubeconfig, context, environment } = options;
  const loaded = await loadKubeConfig({ kubeconfig, context }, environment).catch((error: unknown) => {
    if (!(error instanceof KubeConfigError)) throw error;
    const code = error.code === 'KUBECONFIG_UNREADABLE' ? EXIT_CODES.data : EXIT_CODES.missing;
    throw new CommandFailure(code, error.message, { cause: error });
  });
  const namespace = options.namespace ?? loaded.namespace;
  const pod =
    options.pod === undefined
      ? await anyPod(loaded, namespace, options.release)
      : await namedPod(loaded, namespace, options.pod);
  return { config: loaded.config, namespace, pod };
}

async function anyPod({ config }: LoadedKubeConfig, namespace: string, release: string | undefined): Promise<NodePod> {
  const pods = await listNodePods(config, namespace).catch((error: unknown) => {
    throw clusterFailure(
      error,
      `The role has to allow list of pods of namespace ${namespace}; with --pod it needs get of pods only`,
    );
  });
  const chosen = chooseNodePod(pods, release);
  if ('why' in chosen) throw noPod(chosen, namespace, release);
  return chosen;
}

async function namedPod({ config }: LoadedKubeConfig, namespace: string, name: string): Promise<NodePod> {
  const pod = await readNodePod(config, namespace, name).catch((error: unknown) => {
    throw clusterFailure(error, `The role has to allow get of pods of namespace ${namespace}`);
  });
  if (pod !== undefined) return pod;
  throw new CommandFailure(
    EXIT_CODES.missing,
    `pod ${name} of namespace ${namespace} is no node: it has no container kdmq with a port http. Without --pod one is looked for`,
  );
}

function noPod(none: NoNodePod, namespace: string, release: string | undefined): CommandFailure {
  switch (none.why) {
    case 'none':
      return new CommandFailure(
        EXIT_CODES.missing,
        `no pod of a kdmq release is in namespace ${namespace}: is it another one (--namespace), or another cluster (--context)?`,
      );
    case 'several releases':
      return new CommandFailure(
        EXIT_CODES.usage,
        `namespace ${namespace} has several releases: name one with --release (${none.releases.join(', ')})`,
      );
    case 'unknown release':
      return new CommandFailure(
        EXIT_CODES.missing,
        `namespace ${namespace} has no release "${release}": it has ${none.releases.join(', ')}`,
      );
    case 'none ready':
      return new CommandFailure(
        EXIT_CODES.unavailable,
        `no pod is ready (${none.pods.join(', ')}): --pod takes one that is not ready, and kdmq nodes says which of its checks fail; kubectl --namespace ${namespace} describe pods shows what else there is`,
      );
  }
}
