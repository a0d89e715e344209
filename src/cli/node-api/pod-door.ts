import { openPodConnection } from '../../edges/kubernetes/pod-connection.ts';
import { clusterFailure } from './cluster-failure.ts';
import type { ClusterOptions } from './cluster-options.ts';
import { findNodePod } from './find-node-pod.ts';
import type { NodeDoor } from './node-door.ts';

/** The node in a pod of a release, through port-forwards of its own: one a request. Rejects with a CommandFailure. */
export async function openPodDoor(options: ClusterOptions): Promise<NodeDoor> {
  const { namespace, pod, config } = await findNodePod(options);
  const { name, port, scheme, tokenSecret } = pod;
  return {
    base: new URL(`${scheme}://localhost:${port}`),
    name: `pod ${name} of namespace ${namespace}`,
    whenSilent: `kubectl --namespace ${namespace} logs ${name} shows whether it runs; --pod names another one`,
    tokenHint:
      tokenSecret === undefined
        ? ''
        : `. Its tokens are in Secret ${tokenSecret}: kubectl --namespace ${namespace} get secret ${tokenSecret} -o go-template='{{range $name, $token := .data}}{{$name}} {{base64decode $token}}{{"\\n"}}{{end}}'`,
    connect: () =>
      openPodConnection(config, { namespace, pod: name, port }).catch((error: unknown) => {
        throw clusterFailure(
          error,
          `The role has to allow get and create of pods/portforward of namespace ${namespace}`,
        );
      }),
  };
}
