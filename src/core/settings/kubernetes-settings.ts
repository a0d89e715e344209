import { kubernetesName, selectorFormat, uidFormat } from './kubernetes-formats.ts';
import type { SettingGroup } from './setting-declaration.ts';
import { choice, wholeNumber } from './setting-formats.ts';

/** What the node has to know to watch the Kubernetes API, where it runs in a cluster. */
export const kubernetesSettings = {
  kubernetes: {
    format: choice(['auto', 'off']),
    default: 'auto',
    doc: '`auto`: the node watches the Kubernetes API where the token of a service account is mounted. Without the rights for that, or with `off`, it finds the others by DNS alone.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  pod_ip_family: {
    format: choice(['any', 'ipv4', 'ipv6']),
    default: 'any',
    doc: 'In a pod with addresses of both families: of which `server_address` is made where it is not set. `any`: of the first.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  pod_transport: {
    format: choice(['udp', 'tcp', 'tls']),
    default: 'udp',
    doc: 'In a pod: the transport of `server_address` where it is not set. Its port is 5060; with `tls` it is 5061, and nothing but TLS is listened on where `listen` is not set.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  kubernetes_namespace: {
    format: kubernetesName('a namespace'),
    default: undefined,
    defaultText: 'that of the service account',
    doc: 'The namespace in which pods and DmqNodes are watched.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  pod_name: {
    format: kubernetesName('the name of the pod'),
    default: undefined,
    defaultText: '`$POD_NAME`',
    doc: 'The pod that the node runs in: it has a DmqNode of this name, and is known by it as the leader.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  pod_uid: {
    format: uidFormat,
    default: undefined,
    defaultText: '`$POD_UID`',
    doc: 'The UID of that pod. With it the other nodes know for certain which pod they speak to: what a deleted pod still sends is ignored, and a pod that got the address of another one is a new node.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  pod_selector: {
    format: selectorFormat,
    default: undefined,
    defaultText: 'none: no pods are watched',
    doc: 'The labels of the pods that are watched: those of this release. With the labels of Kamailio pods in it too, their deaths are known at once as well.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  headless_service: {
    format: kubernetesName('the name of a service'),
    default: undefined,
    defaultText: 'none: no endpoints are watched',
    doc: 'The headless service whose endpoints are looked for before DNS names them.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  lease_name: {
    format: kubernetesName('the name of a Lease'),
    default: undefined,
    defaultText: '`cluster_name`',
    doc: 'The Lease by which the nodes agree on who writes the status of the DmqNodes; the DmqNodes carry this name as their bus. One for each release in a namespace.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  observed_nodes_limit: {
    format: wholeNumber({ min: 0, max: 10_000, unit: 'DmqNodes' }),
    default: 500,
    doc: 'How many DmqNodes there may be of nodes that were seen on the bus. Those that users declare do not count.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
} satisfies SettingGroup<
  | 'kubernetes'
  | 'pod_ip_family'
  | 'pod_transport'
  | 'kubernetes_namespace'
  | 'pod_name'
  | 'pod_uid'
  | 'pod_selector'
  | 'headless_service'
  | 'lease_name'
  | 'observed_nodes_limit'
>;
