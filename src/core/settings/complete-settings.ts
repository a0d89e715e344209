import { isIpv4, shortestIpv6 } from '../ip-address.ts';
import { defaultPort, formatHostPort, formatNodeUri, type NodeUri } from '../node-uri.ts';
import type { ListenAddress, Settings } from '../settings.ts';
import { formatListenAddress, serverAddressFormat } from './address-formats.ts';
import { bindingSettingProblems } from './binding-checks.ts';
import { httpNotes, httpProblems } from './http-checks.ts';
import { queueNotes, queueProblems } from './queue-checks.ts';
import { type Origin, originOf, type SettingProblem, type SettingReading } from './read-settings.ts';
import { environmentName, flagName } from './setting-declaration.ts';
import { partitionFormat } from './store-formats.ts';
import { derivedPartition, derivedTotalBytes, type Surroundings, type SurroundingVariables } from './surroundings.ts';

type DerivedName = 'server_address' | 'listen' | 'partition' | 'mqueue_total_bytes' | 'lease_name';

/** Settings as they were given or defaulted one by one; what is derived from others may be missing. */
export type GivenSettings = Omit<Settings, DerivedName> & {
  readonly [Name in DerivedName]: Settings[Name] | undefined;
};

export interface CompletedSettings {
  /** Undefined when there are problems. */
  readonly settings: Settings | undefined;
  /** Origins of what was derived. */
  readonly derived: ReadonlyMap<string, Origin>;
  readonly problems: readonly SettingProblem[];
  /** What is allowed, but should be said once at start. */
  readonly notes: readonly string[];
}

/** Fills in what follows from other settings and checks them against each other. */
export function completeSettings(
  given: GivenSettings,
  readings: ReadonlyMap<string, SettingReading>,
  surroundings: Surroundings,
): CompletedSettings {
  const derived = new Map<string, Origin>();
  const problems: SettingProblem[] = [];
  const server_address =
    given.server_address ?? podAddress(given, surroundings.environment, derived, problems, readings);
  if (server_address !== undefined && given.listen === undefined) {
    derived.set('listen', {
      kind: 'derived',
      from: given.server_socket === undefined ? 'server_address' : 'server_socket',
    });
  }
  const listen = given.listen ?? (server_address && defaultListen(given.server_socket ?? server_address)) ?? [];
  const partition = given.partition ?? ownPartition(surroundings, derived, problems);
  const mqueue_total_bytes = given.mqueue_total_bytes ?? totalBytes(surroundings, derived);
  const settings = {
    ...given,
    ...podIdentity(given, surroundings.environment, derived),
    listen: withServerSocket(listen, given.server_socket),
    mqueue_total_bytes,
  };
  const check = { settings, server_address, readings };
  problems.push(
    ...thresholdProblems(check),
    ...doubledSockets(check),
    ...tlsProblems(check),
    ...queueProblems(given, readings),
    ...bindingSettingProblems(given, readings),
    ...httpProblems(given, readings),
  );
  if (server_address === undefined || partition === undefined || problems.length > 0) {
    return { settings: undefined, derived, problems, notes: [] };
  }
  const completed = { ...settings, server_address, partition };
  return {
    settings: completed,
    derived,
    problems,
    notes: [...notesOn(completed), ...queueNotes(completed), ...httpNotes(completed)],
  };
}

interface Check {
  readonly settings: GivenSettings & { readonly listen: Settings['listen'] };
  readonly readings: ReadonlyMap<string, SettingReading>;
}

function podAddress(
  { pod_ip_family: family, pod_transport: transport }: Pick<Settings, 'pod_ip_family' | 'pod_transport'>,
  pod: SurroundingVariables,
  derived: Map<string, Origin>,
  problems: SettingProblem[],
  readings: ReadonlyMap<string, SettingReading>,
): NodeUri | undefined {
  const variable = pod.POD_IPS ? 'POD_IPS' : 'POD_IP';
  const addresses = pod[variable]?.split(/[\s,]+/).filter((text) => text !== '') ?? [];
  const first = addresses.find((text) => family === 'any' || isIpv4(text) === (family === 'ipv4'));
  if (first === undefined && addresses[0] !== undefined) {
    problems.push({
      setting: 'pod_ip_family',
      origin: originOf(readings, 'pod_ip_family'),
      shown: family,
      problem: `is none of the families of the pod's addresses, which are ${addresses.join(', ')}`,
      expected: 'any, or the family of one of them',
    });
    return undefined;
  }
  const host = first === undefined ? undefined : isIpv4(first) ? first : shortestIpv6(first);
  if (host !== undefined) {
    derived.set('server_address', { kind: 'derived', from: variable });
    return { host, port: defaultPort(transport), transport };
  }
  const origin: Origin = first === undefined ? { kind: 'default' } : { kind: 'derived', from: variable };
  problems.push({
    setting: 'server_address',
    origin,
    shown: first === undefined ? undefined : JSON.stringify(first),
    problem:
      first === undefined
        ? 'is not set, and there is no POD_IP in the environment to make it of'
        : 'is not an IP address to make it of',
    expected: `${serverAddressFormat.expected}; set it in the file, as ${environmentName('server_address')} or with ${flagName('server_address')}`,
  });
  return undefined;
}

function ownPartition(
  surroundings: Surroundings,
  derived: Map<string, Origin>,
  problems: SettingProblem[],
): string | undefined {
  const found = derivedPartition(surroundings);
  if (found === undefined) {
    const problem = 'is not set, and there is neither POD_NAME nor a name of the host to make it of';
    const { expected } = partitionFormat;
    problems.push({ setting: 'partition', origin: { kind: 'default' }, shown: undefined, problem, expected });
    return undefined;
  }
  derived.set('partition', { kind: 'derived', from: found.from });
  return found.value;
}

/** What the pod is called, and its bus where that has no name of its own. */
function podIdentity(
  given: GivenSettings,
  { POD_NAME, POD_UID }: SurroundingVariables,
  derived: Map<string, Origin>,
): Pick<Settings, 'pod_name' | 'pod_uid' | 'lease_name'> {
  const from = <T>(setting: string, source: string, value: T): T => {
    if (value !== undefined) derived.set(setting, { kind: 'derived', from: source });
    return value;
  };
  return {
    pod_name: given.pod_name ?? from('pod_name', 'POD_NAME', POD_NAME || undefined),
    pod_uid: given.pod_uid ?? from('pod_uid', 'POD_UID', POD_UID || undefined),
    lease_name: given.lease_name ?? from('lease_name', 'cluster_name', given.cluster_name),
  };
}

function totalBytes(surroundings: Surroundings, derived: Map<string, Origin>): number {
  const { value, from } = derivedTotalBytes(surroundings);
  derived.set('mqueue_total_bytes', { kind: 'derived', from });
  return value;
}

/** UDP and TCP on one host and port; TLS alone when that is the transport, as it is on a port of its own. */
function defaultListen({ host, port, transport }: NodeUri): ListenAddress[] {
  if (transport === 'tls') return [{ transport, host, port }];
  return [
    { transport: 'udp', host, port },
    { transport: 'tcp', host, port },
  ];
}

/** Requests leave from the first socket that can reach their target, so server_socket comes first. */
function withServerSocket(
  listen: readonly ListenAddress[],
  socket: ListenAddress | undefined,
): readonly ListenAddress[] {
  return socket === undefined ? listen : [socket, ...firstTakenOut(listen, socket)];
}

/** One of them only: a socket that is named twice shall still be seen as such. */
function firstTakenOut(listen: readonly ListenAddress[], socket: ListenAddress): readonly ListenAddress[] {
  const place = listen.findIndex((other) => sameSocket(other, socket));
  return listen.filter((_, index) => index !== place);
}

function sameSocket(a: ListenAddress, b: ListenAddress): boolean {
  return a.transport === b.transport && a.host === b.host && a.port === b.port;
}

function thresholdProblems({ settings, readings }: Check): SettingProblem[] {
  const { fail_count_threshold_not_active: lower, fail_count_threshold_disabled: upper } = settings;
  if (lower <= upper) return [];
  return [
    {
      setting: 'fail_count_threshold_disabled',
      origin: originOf(readings, 'fail_count_threshold_disabled'),
      shown: String(upper),
      problem: `is below fail_count_threshold_not_active, which is ${lower}`,
      expected: 'a threshold for disabled that is not below the one for not_active',
    },
  ];
}

function doubledSockets({ settings, readings }: Check): SettingProblem[] {
  const written = settings.listen.map(formatListenAddress);
  const doubled = [...new Set(written.filter((socket, index) => written.indexOf(socket) !== index))];
  return doubled.map((socket) => ({
    setting: 'listen',
    origin: originOf(readings, 'listen'),
    shown: JSON.stringify(socket),
    problem: 'is named twice',
    expected: 'each socket once (without a transport UDP and TCP are meant)',
  }));
}

function tlsProblems({ settings, readings }: Check): SettingProblem[] {
  const { tls_certificate: certificate, tls_private_key: key } = settings;
  const socket = settings.listen.find(({ transport }) => transport === 'tls');
  const need = socket === undefined ? undefined : `is not set, and ${formatListenAddress(socket)} needs it`;
  const missing = (setting: 'tls_certificate' | 'tls_private_key', other: string | undefined): SettingProblem[] => {
    const problem = need ?? (other === undefined ? undefined : 'is not set: certificate and key go together');
    if (settings[setting] !== undefined || problem === undefined) return [];
    const origin = originOf(readings, setting);
    return [{ setting, origin, shown: undefined, problem, expected: 'the path of a file in PEM format' }];
  };
  return [...missing('tls_certificate', key), ...missing('tls_private_key', certificate)];
}

function notesOn(settings: Settings): string[] {
  const { server_address: announced, listen, notification_address, worker_usleep } = settings;
  const notes: string[] = [];
  if (!listen.some((socket) => reaches(socket, announced, listen))) {
    const bound = listen.map(formatListenAddress).join(', ');
    notes.push(
      `server_address ${formatNodeUri(announced)} is none of the sockets that are bound (${bound}): what is sent to ${formatHostPort(announced)} must be forwarded to one of them (NAT)`,
    );
  }
  if (notification_address.length === 0) {
    notes.push('notification_address is not set: this node looks for nobody and waits to be found');
  }
  if (worker_usleep > 0) notes.push('worker_usleep is accepted and has no effect: no worker waits by polling here');
  return notes;
}

function reaches(socket: ListenAddress, announced: NodeUri, listen: readonly ListenAddress[]): boolean {
  if (socket.transport !== announced.transport || socket.port !== announced.port) return false;
  if (announced.host.includes(':')) return [announced.host, '::'].includes(socket.host);
  // `::` takes IPv4 too, unless a socket of IPv4 has that port (src/edges/sip/listeners.ts).
  const takesIpv4 = !listen.some(
    ({ transport, port, host }) => transport === socket.transport && port === socket.port && isIpv4(host),
  );
  return [announced.host, '0.0.0.0', ...(takesIpv4 ? ['::'] : [])].includes(socket.host);
}
