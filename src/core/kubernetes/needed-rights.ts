/** Something that a node does at the Kubernetes API, and what does not work without it. */
export interface NeededRight {
  /** The API group; empty for the core. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** The one object that it is about; without it all of the namespace. */
  readonly name?: string;
  readonly verbs: readonly string[];
  /** What stops working, as the end of a sentence. */
  readonly without: string;
}

/** What the ClusterRole of the chart gives to a node with `http_token_review`. */
const tokenReviews: NeededRight = {
  group: 'authentication.k8s.io',
  resource: 'tokenreviews',
  verbs: ['create'],
  without: 'tokens of Kubernetes open nothing over HTTP: 503 TOKEN_REVIEW_UNAVAILABLE',
};

/**
 * What the chart gives to a node (docs/controller.md).
 * @param lease the setting lease_name.
 * @param reviewsTokens the setting http_token_review.
 */
export function neededRights(lease: string, reviewsTokens = false): readonly NeededRight[] {
  const leases = { group: 'coordination.k8s.io', resource: 'leases' };
  const noLeader = 'no node writes the status of the DmqNodes';
  return [
    {
      group: '',
      resource: 'pods',
      verbs: ['list', 'watch'],
      without: 'new pods are found by DNS, and deleted ones are out only when probes get no answer',
    },
    {
      group: 'discovery.k8s.io',
      resource: 'endpointslices',
      verbs: ['list', 'watch'],
      without: 'nodes of the headless service are found by DNS alone',
    },
    {
      group: 'kdmq.dev',
      resource: 'dmqnodes',
      verbs: ['list', 'watch', 'create', 'patch', 'delete'],
      without: 'declared nodes are not looked for, and kubectl get dmqnodes does not show the bus',
    },
    {
      group: 'kdmq.dev',
      resource: 'dmqnodes',
      subresource: 'status',
      verbs: ['patch'],
      without: 'DmqNodes do not say who is seen',
    },
    { ...leases, verbs: ['create'], without: noLeader },
    { ...leases, name: lease, verbs: ['list', 'watch', 'update'], without: noLeader },
    {
      group: 'events.k8s.io',
      resource: 'events',
      verbs: ['create', 'patch'],
      without: 'nothing of the bus stands in the events of pods',
    },
    ...(reviewsTokens ? [tokenReviews] : []),
  ];
}

/** `patch of dmqnodes/status (kdmq.dev)` */
export function rightWords({ group, resource, subresource, name }: NeededRight, verbs: readonly string[]): string {
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  const which = name === undefined ? '' : ` named ${name}`;
  return `${verbs.join(', ')} of ${what}${which}${group === '' ? '' : ` (${group})`}`;
}
