import type { ObjectReference, ObservedContainer, ObservedPod } from '../../core/kubernetes/observed-pod.ts';
import { type NodeUri, parseHost } from '../../core/node-uri.ts';
import { field, listField, textField, timeField } from './json-fields.ts';

/** The container of the node: the one of this name, else the first one of the pod. */
const containerName = 'kdmq';
const phases = ['Pending', 'Running', 'Succeeded', 'Failed'] as const;

/** What counts of a Pod; undefined when it has no UID. */
export function readPod(object: unknown): ObservedPod | undefined {
  const metadata = field(object, 'metadata');
  const spec = field(object, 'spec');
  const status = field(object, 'status');
  const uid = textField(metadata, 'uid');
  const name = textField(metadata, 'name');
  if (uid === undefined || name === undefined) return undefined;
  const containers = listField(spec, 'containers');
  const own = containers.find((one) => textField(one, 'name') === containerName) ?? containers[0];
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
