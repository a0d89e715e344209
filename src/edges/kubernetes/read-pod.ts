import type { ObjectReference, ObservedContainer, ObservedPod } from '../../core/kubernetes/observed-pod.ts';
import { type NodeUri, parseHost } from '../../core/node-uri.ts';
import { field, listField, textField, timeField } from './json-fields.ts';

const containerName = 'kdmq';
/** Who injects a sidecar in front of the others says with it which container the pod is about. */
const defaultContainer = 'kubectl.kubernetes.io/default-container';
const phases = ['Pending', 'Running', 'Succeeded', 'Failed'] as const;

/** What counts of a Pod; undefined when it has no UID. */
export function readPod(object: unknown): ObservedPod | undefined {
  const metadata = field(object, 'metadata');
  const spec = field(object, 'spec');
  const status = field(object, 'status');
  const uid = textField(metadata, 'uid');
  const name = textField(metadata, 'name');
  if (uid === undefined || name === undefined) return undefined;
  const own = nodeContainer(listField(spec, 'containers'), field(metadata, 'annotations'));
  const statuses = listField(status, 'containerStatuses');
  return {
    uid,
    name,
    ips: podIps(status),
    hostNetwork: field(spec, 'hostNetwork') === true,
    ports: sipPorts(listField(own, 'ports'), 'containerPort'),
    phase: phases.find((phase) => phase === textField(status, 'phase')) ?? 'Unknown',
    ready: listField(status, 'conditions').some(
      (one) => textField(one, 'type') === 'Ready' && textField(one, 'status') === 'True',
    ),
    terminating: textField(metadata, 'deletionTimestamp') !== undefined,
    container: readContainer(statuses.find((one) => textField(one, 'name') === textField(own, 'name'))),
    restarts: textField(spec, 'restartPolicy') === 'Always',
    owner: ownerOf(metadata),
  };
}

/** The container that the node runs in: ours by its name, else the one that is said to be it, the one with a SIP port, the first one. */
function nodeContainer(containers: readonly unknown[], annotations: unknown): unknown {
  const named = (name: string | undefined) => containers.find((one) => textField(one, 'name') === name);
  const said = textField(annotations, defaultContainer);
  return (
    named(containerName) ??
    (said === undefined ? undefined : named(said)) ??
    containers.find((one) => sipPorts(listField(one, 'ports'), 'containerPort').length > 0) ??
    containers[0]
  );
}

/** The ports whose name begins with `sip`, of a container or an endpoint: `sip` over UDP and TCP, `sips` over TLS. */
export function sipPorts(ports: readonly unknown[], portField: string): Pick<NodeUri, 'port' | 'transport'>[] {
  return ports.flatMap((one) => {
    const name = textField(one, 'name') ?? '';
    const port = field(one, portField);
    if (!name.startsWith('sip') || typeof port !== 'number') return [];
    const isTls = name.startsWith('sips') || name.includes('tls');
    const transport = textField(one, 'protocol') === 'UDP' ? 'udp' : isTls ? 'tls' : 'tcp';
    return [{ port, transport } as const];
  });
}

function podIps(status: unknown): string[] {
  const texts = listField(status, 'podIPs').map((one) => textField(one, 'ip'));
  const all = texts.length > 0 ? texts : [textField(status, 'podIP')];
  return all.map((text) => (text === undefined ? undefined : parseHost(text))).filter((host) => host !== undefined);
}

function readContainer(status: unknown): ObservedContainer | undefined {
  const state = field(status, 'state');
  const running = field(state, 'running');
  const terminated = field(state, 'terminated');
  const last = terminated ?? field(field(status, 'lastState'), 'terminated');
  if (status === undefined) return undefined;
  return {
    id: textField(status, 'containerID') ?? '',
    state: running !== undefined ? 'running' : terminated !== undefined ? 'terminated' : 'waiting',
    startedAt: timeField(running, 'startedAt'),
    endedAt: timeField(last, 'finishedAt'),
  };
}

function ownerOf(metadata: unknown): ObjectReference | undefined {
  const owner = listField(metadata, 'ownerReferences').find((one) => field(one, 'controller') === true);
  const [apiVersion, kind, name, uid] = ['apiVersion', 'kind', 'name', 'uid'].map((one) => textField(owner, one));
  if (apiVersion === undefined || kind === undefined || name === undefined || uid === undefined) return undefined;
  return { apiVersion, kind, name, uid };
}
