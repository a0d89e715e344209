import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { localAddresses, parseHostsFile } from '../../core/hosts-file.ts';
import type { NodeUri } from '../../core/node-uri.ts';
import {
  addressesCoverTargets,
  chosenRecords,
  hostAddress,
  nodesFromAnswers,
  type SrvRecord,
} from '../../core/notification-answers.ts';
import { parseResolvConf } from '../../core/resolv-conf.ts';
import { searchNames } from '../../core/search-list.ts';
import type { Clock } from '../../ports/clock.ts';
import type { NotificationAddress, Resolution, Resolver } from '../../ports/resolver.ts';
import { inParallel } from './in-parallel.ts';
import { lookUpName, recordsOf } from './name-lookup.ts';
import { NameServerClient } from './name-server-client.ts';
import { readTextFile } from './read-text-file.ts';

export interface DnsResolverOptions {
  readonly clock: Clock;
  /** Read anew for each resolution, so that a change counts at once. */
  readonly resolvConfPath?: string;
  readonly hostsPath?: string;
}

const MOST_NODES = 1000;
const MOST_ERRORS = 20;
const TARGETS_AT_ONCE = 16;
const RESOLV_CONF_BYTES = 65_536;
const HOSTS_BYTES = 1_048_576;

/**
 * Turns notification addresses into nodes by /etc/hosts, SRV, A and AAAA records, with the search list and the name
 * servers of resolv.conf. `errors` is empty exactly when the answer is complete: then there is at least one node.
 */
export class DnsResolver implements Resolver {
  readonly #clock: Clock;
  readonly #resolvConfPath: string;
  readonly #hostsPath: string;
  readonly #underWay = new Set<AbortController>();
  #closed = false;

  constructor({ clock, resolvConfPath = '/etc/resolv.conf', hostsPath = '/etc/hosts' }: DnsResolverOptions) {
    this.#clock = clock;
    this.#resolvConfPath = resolvConfPath;
    this.#hostsPath = hostsPath;
  }

  /** Ends when the signal fires at the latest, with what has been found until then. */
  async resolve(address: NotificationAddress, multiNotify: boolean, signal: AbortSignal): Promise<Resolution> {
    const deadline = new AbortController();
    const abort = () => deadline.abort();
    signal.addEventListener('abort', abort);
    if (signal.aborted || this.#closed) abort();
    this.#underWay.add(deadline);
    const errors: string[] = [];
    try {
      const nodes = await this.#nodesOf(address, multiNotify, deadline.signal, errors);
      return bounded(address, multiNotify ? nodes : nodes.slice(0, 1), errors);
    } catch (error) {
      return { nodes: [], errors: [...errors, `${address.host}: ${String(error)}`] };
    } finally {
      this.#underWay.delete(deadline);
      signal.removeEventListener('abort', abort);
    }
  }

  /** Ends what is under way; later resolutions end at once with an error. */
  close(): void {
    this.#closed = true;
    for (const deadline of this.#underWay) deadline.abort();
  }

  async #nodesOf(
    address: NotificationAddress,
    multiNotify: boolean,
    signal: AbortSignal,
    errors: string[],
  ): Promise<readonly NodeUri[]> {
    const { host } = address;
    const literal = host.replace(/^\[(.*)\]$/, '$1');
    if (isIP(literal) !== 0) return nodesFromAnswers(address, [], NO_TARGETS, [literal]);

    const hosts = parseHostsFile(await readTextFile(this.#hostsPath, HOSTS_BYTES, errors));
    const local = localAddresses(host, hosts);
    if (local !== undefined) return nodesFromAnswers(address, [], NO_TARGETS, local);

    const conf = parseResolvConf(await readTextFile(this.#resolvConfPath, RESOLV_CONF_BYTES, errors), hostname());
    const client = new NameServerClient(conf, this.#clock, signal);
    const found = await lookUpName(client, address, searchNames(host, conf), errors);
    if (found === undefined) return [];

    const { addresses } = found.answers;
    const records = chosenRecords(address, found.answers);
    const addressesOf = (name: string) => {
      const listed = localAddresses(name, hosts) ?? literalAddresses(name);
      return listed ?? askAddresses(client, name, errors);
    };
    if (!multiNotify) return firstNode(address, records, addresses, addressesOf);
    if (addressesCoverTargets(found.name, records, addresses)) {
      return nodesFromAnswers(address, records, NO_TARGETS, addresses);
    }
    const targets = new Map<string, readonly string[]>();
    const names = [...new Set(records.map(({ target }) => target))];
    if (names.length > MOST_NODES) errors.push(`${host}: ${names.length} SRV targets, cut to ${MOST_NODES}`);
    await inParallel(names.slice(0, MOST_NODES), TARGETS_AT_ONCE, async (name) => {
      targets.set(name, await addressesOf(name));
    });
    return nodesFromAnswers(address, records, targets, addresses);
  }
}

const NO_TARGETS: ReadonlyMap<string, readonly string[]> = new Map();

/** For multi_notify off: the first address of the best SRV record that has one, else the first of the name itself. */
async function firstNode(
  address: NotificationAddress,
  records: readonly SrvRecord[],
  addresses: readonly string[],
  addressesOf: (name: string) => readonly string[] | Promise<readonly string[]>,
): Promise<readonly NodeUri[]> {
  for (const record of records.toSorted((a, b) => a.priority - b.priority).slice(0, 3)) {
    const targets = new Map([[record.target, await addressesOf(record.target)]]);
    const nodes = nodesFromAnswers(address, [record], targets, []);
    if (nodes.length > 0) return nodes;
  }
  return nodesFromAnswers(address, records, NO_TARGETS, addresses);
}

async function askAddresses(client: NameServerClient, name: string, errors: string[]): Promise<readonly string[]> {
  const [ipv4, ipv6] = await Promise.all([client.query('A', name), client.query('AAAA', name)]);
  if (ipv4.kind === 'failed') errors.push(`A ${name}: ${ipv4.detail}`);
  if (ipv6.kind === 'failed') errors.push(`AAAA ${name}: ${ipv6.detail}`);
  if (ipv4.kind === 'absent' && ipv6.kind === 'absent') errors.push(`${name}: no address for this SRV target`);
  return [...recordsOf(ipv4), ...recordsOf(ipv6)];
}

/** RFC 2782 wants a name as target, but some zones hold an address there. */
function literalAddresses(name: string): readonly string[] | undefined {
  const address = hostAddress(name);
  return address === undefined ? undefined : [address];
}

function bounded(address: NotificationAddress, nodes: readonly NodeUri[], errors: readonly string[]): Resolution {
  const lines = errors.slice(0, MOST_ERRORS);
  if (errors.length > MOST_ERRORS) lines.push(`and ${errors.length - MOST_ERRORS} more failed queries`);
  if (nodes.length > MOST_NODES) {
    const from = nodes[MOST_NODES]?.host;
    lines.push(`${address.host}: ${nodes.length} addresses, cut to ${MOST_NODES}: left out from ${from} on`);
  }
  if (nodes.length === 0 && lines.length === 0) lines.push(`${address.host}: no usable addresses`);
  return { nodes: nodes.slice(0, MOST_NODES), errors: lines };
}
