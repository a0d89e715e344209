import { type NameAnswers, type SrvRecord, serviceNames } from '../../core/notification-answers.ts';
import { type NameOutcome, searchGoesOn } from '../../core/search-list.ts';
import type { NotificationAddress } from '../../ports/resolver.ts';
import type { DnsAnswer } from './dns-answer.ts';
import type { NameServerClient } from './name-server-client.ts';

export interface NameLookup {
  /** The name of the search list that was found. */
  readonly name: string;
  readonly answers: NameAnswers;
}

/**
 * Goes through the names of a search list until one has records of any kind that count. What failed on the way is
 * added to `errors`, also when a later name was found: then the answer may be another one than it should be.
 */
export async function lookUpName(
  client: NameServerClient,
  address: NotificationAddress,
  names: readonly string[],
  errors: string[],
): Promise<NameLookup | undefined> {
  let exists = false;
  for (const [i, name] of names.entries()) {
    // A name that does not exist has nothing below it (RFC 8020): spares most queries of a search in Kubernetes. Some
    // servers deny the name over SRV records all the same, so the last one is asked for everything.
    const found = await askForAll(client, address, name, i === names.length - 1, errors);
    if (found.outcome === 'found') return { name, answers: found.answers };
    exists ||= found.exists;
    if (!searchGoesOn(found.outcome)) return undefined;
  }
  if (errors.length === 0) errors.push(`${address.host}: ${exists ? 'no addresses' : 'no such name'}${tried(names)}`);
  return undefined;
}

async function askForAll(
  client: NameServerClient,
  address: NotificationAddress,
  name: string,
  thorough: boolean,
  errors: string[],
): Promise<{ readonly outcome: NameOutcome; readonly exists: boolean; readonly answers: NameAnswers }> {
  const [ipv4, ipv6] = await Promise.all([client.query('A', name), client.query('AAAA', name)]);
  const missing = isMissing(ipv4) && isMissing(ipv6);
  const silent = isSilent(ipv4) && isSilent(ipv6);
  const srvNames = (missing && !thorough) || silent ? [] : [name, ...serviceNames(name, address.transport)];
  const srv = await Promise.all(srvNames.map((srvName) => client.query('SRV', srvName)));

  const all: (readonly [what: string, answer: DnsAnswer<string | SrvRecord>])[] = [
    [`A ${name}`, ipv4],
    [`AAAA ${name}`, ipv6],
    ...srv.map((answer, i) => [`SRV ${srvNames[i]}`, answer] as const),
  ];
  for (const [what, answer] of all) if (answer.kind === 'failed') errors.push(`${what}: ${answer.detail}`);

  const ofName = srv.slice(0, 1).flatMap(recordsOf);
  const ofServices = srv.slice(1).flatMap(recordsOf);
  const namesService = name.startsWith('_');
  const answers: NameAnswers = {
    serviceRecords: namesService ? ofName : ofServices,
    plainRecords: namesService ? [] : ofName,
    addresses: [...recordsOf(ipv4), ...recordsOf(ipv6)],
  };
  return { outcome: outcomeOf(all, silent), exists: !missing, answers };
}

function outcomeOf(all: readonly (readonly [string, DnsAnswer<unknown>])[], silent: boolean): NameOutcome {
  if (all.some(([, answer]) => answer.kind === 'records')) return 'found';
  if (silent) return 'unreachable';
  return all.some(([, answer]) => answer.kind === 'failed') ? 'failed' : 'absent';
}

export function recordsOf<T>(answer: DnsAnswer<T>): readonly T[] {
  return answer.kind === 'records' ? answer.records : [];
}

function isMissing(answer: DnsAnswer<unknown>): boolean {
  return answer.kind === 'absent' && !answer.nameExists;
}

function isSilent(answer: DnsAnswer<unknown>): boolean {
  return answer.kind === 'failed' && !answer.answered;
}

function tried(names: readonly string[]): string {
  return names.length > 1 ? ` (asked for ${names.join(', ')})` : '';
}
