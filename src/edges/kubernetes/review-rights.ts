import { AuthorizationV1Api, CustomObjectsApi, KubeConfig, type V1ResourceAttributes } from '@kubernetes/client-node';
import { ClusterError } from '../../core/kubernetes/cluster-error.ts';
import type { NeededRight } from '../../core/kubernetes/needed-rights.ts';
import { clientError } from './client-apis.ts';
import { clientConfiguration } from './client-configuration.ts';

const callMs = 10_000;
const apiVersion = 'authorization.k8s.io/v1';

/** The credentials of this pod. */
export function podKubeConfig(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromCluster();
  return config;
}

/** A right of which some verbs are missing. */
export interface MissingRight {
  readonly right: NeededRight;
  readonly verbs: readonly string[];
}

/**
 * Asks the API server which of these rights are missing in a namespace: for whoever the credentials are of (SelfSubjectAccessReview), or for
 * a service account of that namespace, which takes the right to ask (SubjectAccessReview). Rejects with a ClusterError.
 */
export async function missingRights(
  config: KubeConfig,
  namespace: string,
  rights: readonly NeededRight[],
  serviceAccount: string | undefined,
): Promise<readonly MissingRight[]> {
  const api = new AuthorizationV1Api(clientConfiguration(config, callMs));
  const isAllowed = async (resourceAttributes: V1ResourceAttributes): Promise<boolean> => {
    if (serviceAccount === undefined) {
      const { status } = await api.createSelfSubjectAccessReview({
        body: { apiVersion, kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } },
      });
      return status?.allowed === true;
    }
    const user = `system:serviceaccount:${namespace}:${serviceAccount}`;
    const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
    const { status } = await api.createSubjectAccessReview({
      body: { apiVersion, kind: 'SubjectAccessReview', spec: { resourceAttributes, user, groups } },
    });
    return status?.allowed === true;
  };
  try {
    const missing: MissingRight[] = [];
    for (const right of rights) {
      const { group, resource, subresource, name } = right;
      const about = { namespace, group, resource, ...(subresource && { subresource }), ...(name && { name }) };
      const allowed = await Promise.all(right.verbs.map((verb) => isAllowed({ ...about, verb })));
      const verbs = right.verbs.filter((_, index) => !allowed[index]);
      if (verbs.length > 0) missing.push({ right, verbs });
    }
    return missing;
  } catch (cause) {
    throw clientError('the review of rights', cause);
  }
}

/** Whether the cluster knows DmqNodes. Rejects with a ClusterError. */
export async function knowsDmqNodes(config: KubeConfig): Promise<boolean> {
  try {
    const api = new CustomObjectsApi(clientConfiguration(config, callMs));
    const { resources } = await api.getAPIResources({ group: 'kdmq.dev', version: 'v1alpha1' });
    return resources.some(({ name }) => name === 'dmqnodes');
  } catch (cause) {
    const error = clientError('the resources of kdmq.dev', cause);
    if (error instanceof ClusterError && error.code === 'ABSENT') return false;
    throw error;
  }
}
