import { apply } from '../cluster/kubectl.ts';
import type { TestNamespace } from '../cluster/test-namespace.ts';
import { image } from './image.ts';

/** What the controller may do, and no more: docs/controller.md names it. */
const rules = [
  { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
  { apiGroups: ['kdmq.dev'], resources: ['dmqnodes'], verbs: ['list', 'watch', 'create', 'patch', 'delete'] },
  { apiGroups: ['kdmq.dev'], resources: ['dmqnodes/status'], verbs: ['patch'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    resourceNames: ['kdmq'],
    verbs: ['list', 'watch', 'update'],
  },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
];

const field = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });
const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const podSecurity = { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } };

/** All settings of a node: its environment is its whole configuration. Nothing names a notification address: Kubernetes alone says where the others are. */
export const settings = {
  KDMQ_POD_SELECTOR: 'app in (kdmq, kamailio)',
  KDMQ_PING_INTERVAL: '8',
  KDMQ_MQUEUE: 'name=calls;size=7',
  KDMQ_BINDINGS: 'channel=calls;queue=calls',
  KDMQ_HTTP_ACCESS: 'open',
  KDMQ_OBSERVED_NODES_LIMIT: '4',
};

/** The pod of a node. */
function nodePod(environment: readonly object[] = []) {
  return {
    serviceAccountName: 'kdmq',
    terminationGracePeriodSeconds: 10,
    enableServiceLinks: false,
    securityContext: podSecurity,
    containers: [
      {
        name: 'kdmq',
        image,
        imagePullPolicy: 'IfNotPresent',
        securityContext: { ...restricted, readOnlyRootFilesystem: true },
        env: [
          { name: 'POD_NAME', ...field('metadata.name') },
          { name: 'POD_UID', ...field('metadata.uid') },
          { name: 'POD_IPS', ...field('status.podIPs') },
          ...Object.entries(settings).map(([name, value]) => ({ name, value })),
          ...environment,
        ],
        ports: [{ name: 'sip', containerPort: 5060, protocol: 'UDP' }],
        readinessProbe: { tcpSocket: { port: 5060 }, periodSeconds: 1 },
        volumeMounts: [
          { name: 'data', mountPath: '/var/lib/kdmq' },
          { name: 'faults', mountPath: '/faults' },
        ],
      },
    ],
    volumes: [
      { name: 'data', emptyDir: {} },
      { name: 'faults', configMap: { name: 'faults' } },
    ],
  };
}

/** Makes every handler of the signals that end a process do nothing: what is deleted goes on until it is killed. */
const deafToSignals = `
const deaf = (name, handler) => (['SIGTERM', 'SIGINT'].includes(name) ? () => {} : handler);
for (const method of ['on', 'once', 'addListener']) {
  const original = process[method].bind(process);
  process[method] = (name, handler) => original(name, deaf(name, handler));
}`;

/** A release of `replicas` nodes, with the rights of the controller. */
export async function applyRelease(namespace: TestNamespace, replicas: number): Promise<void> {
  const labels = { app: 'kdmq' };
  await apply(namespace.name, [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'kdmq' } },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'kdmq' }, rules },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'kdmq' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'kdmq' },
      subjects: [{ kind: 'ServiceAccount', name: 'kdmq', namespace: namespace.name }],
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'faults' }, data: { 'deaf.mjs': deafToSignals } },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'kdmq' },
      spec: {
        serviceName: 'kdmq',
        replicas,
        podManagementPolicy: 'Parallel',
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: nodePod() },
      },
    },
  ]);
}

/** One more node, which ignores every signal that it can: deleted by force it goes on for two seconds. */
export function deafPod() {
  const spec = nodePod([{ name: 'NODE_OPTIONS', value: '--import=/faults/deaf.mjs' }]);
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'deaf', labels: { app: 'kdmq' } }, spec };
}
