import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Random } from '../../ports/random.ts';
import { ApiResource, type ResourceAddress } from './api-resource.ts';
import { ApiSession } from './api-session.ts';
import { observedLabel, readDeclaredNode, readDmqNode } from './read-dmq-node.ts';
import { readEndpointSlice } from './read-endpoint-slice.ts';
import { readLease } from './read-lease.ts';
import { readPod } from './read-pod.ts';
import { readServiceAccount, serviceAccountFolder } from './service-account.ts';
import { WriterThread } from './writer-thread.ts';

export interface KubernetesOptions {
  /** Undefined: that of the service account. */
  readonly namespace: string | undefined;
  readonly podName: string;
  readonly podSelector: string | undefined;
  readonly headlessService: string | undefined;
  readonly leaseName: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Stands before the paths of the service account; for tests. */
  readonly pathPrefix?: string;
}

/** The API of the cluster that this pod runs in, or in a few words why there is none. Nothing is asked yet. */
export async function kubernetesCluster(options: KubernetesOptions): Promise<Cluster | string> {
  const { clock, random, podSelector, headlessService, leaseName, podName, pathPrefix = '' } = options;
  const account = await readServiceAccount(pathPrefix + serviceAccountFolder, options.environment);
  if (typeof account === 'string') return account;
  const namespace = options.namespace ?? account.namespace;
  const session = new ApiSession(account, clock);
  const within = (prefix: string, plural: string): string => `${prefix}/namespaces/${namespace}/${plural}`;
  const resource = <T>(address: ResourceAddress, read: (object: unknown) => T | undefined): ApiResource<T> =>
    new ApiResource(session, address, read, clock, random);
  const nodes = within('/apis/kdmq.dev/v1alpha1', 'dmqnodes');
  const writer = new WriterThread({ namespace, leaseName, pathPrefix, instance: podName }, clock);
  return {
    pods:
      podSelector === undefined
        ? undefined
        : resource({ path: within('/api/v1', 'pods'), labelSelector: podSelector }, readPod),
    endpoints:
      headlessService === undefined
        ? undefined
        : resource(
            {
              path: within('/apis/discovery.k8s.io/v1', 'endpointslices'),
              labelSelector: `kubernetes.io/service-name=${headlessService}`,
            },
            readEndpointSlice,
          ),
    declared: resource({ path: nodes, labelSelector: `!${observedLabel}` }, readDeclaredNode),
    observed: resource({ path: nodes, labelSelector: observedLabel }, readDmqNode),
    lease: resource(
      { path: within('/apis/coordination.k8s.io/v1', 'leases'), fieldSelector: `metadata.name=${leaseName}` },
      readLease,
    ),
    writer,
    close: async () => {
      session.close();
      await writer.close();
    },
  };
}
