import process from 'node:process';
import { apply } from '../cluster/kubectl.ts';
import type { TestNamespace } from '../cluster/test-namespace.ts';

const image = process.env.E2E_IMAGE ?? 'localhost/kdmq:e2e';

/** What the controller may do, and no more: docs/controller.md names it. */
export const rules = [
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

/** The pod of a node. Nothing names a notification address: Kubernetes alone says where the others are. */
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
          { name: 'KDMQ_POD_SELECTOR', value: 'app in (kdmq, kamailio)' },
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

const kamailioConfig = `#!KAMAILIO
#!substdef "!LISTEN_IP!$env(POD_IP)!g"
debug=1
log_stderror=yes
children=1
listen=udp:LISTEN_IP:5060
listen=tcp:LISTEN_IP:5060
tcp_accept_no_cl=yes
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xhttp.so"
loadmodule "jsonrpcs.so"
loadmodule "dmq.so"
modparam("jsonrpcs", "transport", 1)
modparam("dmq", "server_address", "sip:LISTEN_IP:5060")
request_route {
  if (is_method("KDMQ")) dmq_handle_message();
  exit;
}
event_route[xhttp:request] {
  jsonrpc_dispatch();
}
`;

/** A Kamailio that looks for nobody. Pods of the label \`kamailio\` are watched; with another one it is a machine outside. */
export function kamailioObjects(name: string, version: '5.6' | '6.1', app: string): object[] {
  const container = {
    name: 'kamailio',
    image: `localhost/kamailio:${version}`,
    imagePullPolicy: 'IfNotPresent',
    command: ['kamailio', '-DD', '-E', '-Y', '/tmp', '-f', '/etc/kamailio-test/kamailio.cfg'],
    securityContext: restricted,
    env: [{ name: 'POD_IP', ...field('status.podIP') }],
    volumeMounts: [{ name: 'config', mountPath: '/etc/kamailio-test' }],
  };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { 'kamailio.cfg': kamailioConfig } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: { app } },
      spec: {
        terminationGracePeriodSeconds: 5,
        securityContext: podSecurity,
        containers: [container],
        volumes: [{ name: 'config', configMap: { name } }],
      },
    },
  ];
}
