import type { KamailioPod } from '../cluster/kamailio-pod.ts';
import { isOwnCluster } from '../cluster/own-cluster.ts';
import type { TestNamespace } from '../cluster/test-namespace.ts';

/** The versions that the test cluster has images of. */
export const kamailioVersions = ['5.6', '6.1'] as const;

/** A Kamailio that the nodes of a release watch, and that looks for them in DNS. */
export function watchedKamailio(version: string, namespace: TestNamespace, release = 'kdmq'): KamailioPod {
  const name = `kamailio-${version.replace('.', '-')}`;
  return {
    name,
    image: `localhost/kamailio:${version}`,
    labels: { app: name, 'kdmq.dev/bus': release },
    notificationAddress: `sip:${release}-headless.${namespace.name}.svc.cluster.local:5060`,
  };
}

/** A Kamailio's pod and node. */
export interface KamailioNode {
  readonly name: string;
  readonly uri: string;
  /** Where it tells its list. */
  readonly rpc: string;
}

/** Those of a Deployment or a pod that run, by its label. */
export async function kamailioNodes(namespace: TestNamespace, app: string): Promise<KamailioNode[]> {
  const text = await namespace.kubectl('get', 'pods', '--selector', `app=${app}`, '--output', 'json');
  const { items } = JSON.parse(text) as {
    items: { metadata: { name: string; deletionTimestamp?: string }; status: { podIP?: string } }[];
  };
  return items.flatMap(({ metadata, status }) =>
    status.podIP === undefined || metadata.deletionTimestamp !== undefined
      ? []
      : [{ name: metadata.name, uri: `sip:${status.podIP}:5060`, rpc: `http://${status.podIP}:5060/RPC` }],
  );
}

/** Its images are in the test cluster only. */
export const hasKamailio = isOwnCluster;
