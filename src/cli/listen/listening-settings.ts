import type { TransportName } from '../../core/node-uri.ts';
import type { Settings } from '../../core/settings.ts';
import type { StartInput } from '../../edges/config/setting-sources.ts';
import { DnsResolver } from '../../edges/dns/dns-resolver.ts';
import { freePort } from '../../edges/system/free-port.ts';
import { localAddressTowards } from '../../edges/system/local-address.ts';
import { SystemClock } from '../../edges/system/system-clock.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { loadCommandSettings } from '../load-command-settings.ts';

const RESOLVE_MS = 5_000;

/**
 * The settings of a node that only listens: on the bus that the configuration names, without queues and without Kubernetes. At the
 * address of --server-address, or else at a free port, because the configured one is that of the node that it stands beside.
 */
export async function listeningSettings(input: StartInput, signal: AbortSignal): Promise<Settings> {
  const loaded = await loadCommandSettings(input);
  const settings: Settings = { ...loaded.settings, mqueue: [], kubernetes: 'off', duplicate_uri: undefined };
  if (input.flags.some(({ setting }) => setting === 'server_address')) return settings;
  const { host, transport } = await wayToTheBus(settings, signal);
  const own = { host, transport, port: await freePort(host) };
  const transports: readonly TransportName[] = transport === 'tls' ? ['tls'] : ['udp', 'tcp'];
  const listen = transports.map((name) => ({ ...own, transport: name }));
  return { ...settings, server_address: own, server_socket: undefined, listen };
}

/** The own address from which the first notification address is reached, and by what. */
async function wayToTheBus(
  settings: Settings,
  signal: AbortSignal,
): Promise<{ host: string; transport: TransportName }> {
  const [first] = settings.notification_address;
  if (first === undefined) {
    throw new CommandFailure(
      EXIT_CODES.usage,
      'where is the bus? Give --notification-address with a node or a headless service, or --config with the configuration of a node',
    );
  }
  const resolver = new DnsResolver({ clock: new SystemClock(), resolvConfPath: settings.resolv_conf });
  try {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(RESOLVE_MS)]);
    const { nodes, errors } = await resolver.resolve(first, settings.multi_notify, deadline);
    const [node] = nodes;
    if (node === undefined) {
      throw new CommandFailure(
        EXIT_CODES.unavailable,
        `notification_address ${first.host} leads to no address (${errors.join('; ')}): is the name right? (kdmq doctor looks)`,
      );
    }
    return { host: await localAddressTowards(node.host, node.port), transport: first.transport };
  } finally {
    resolver.close();
  }
}
