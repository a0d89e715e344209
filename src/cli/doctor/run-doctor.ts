import { escapeControls } from '../../core/escape-controls.ts';
import { shortestIpv6 } from '../../core/ip-address.ts';
import { maskPasswords } from '../../core/mask-passwords.ts';
import { formatNodeUri } from '../../core/node-uri.ts';
import type { Settings } from '../../core/settings.ts';
import type { StartInput } from '../../edges/config/setting-sources.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { highlighted } from '../highlighted.ts';
import { loadCommandSettings } from '../load-command-settings.ts';
import type { ClusterOptions } from '../node-api/cluster-options.ts';
import { print } from '../print.ts';
import { count } from '../words.ts';
import { askHttpClocks } from './ask-http-clock.ts';
import { checkHttp } from './check-http.ts';
import { checkHttpFiles } from './check-http-files.ts';
import { checkKubernetes } from './check-kubernetes.ts';
import { checkNames } from './check-names.ts';
import { checkNodes } from './check-nodes.ts';
import { checkSockets } from './check-sockets.ts';
import { checkStore } from './check-store.ts';
import { clockFindings } from './clock-findings.ts';
import type { Finding } from './finding.ts';

export interface RunDoctor {
  readonly input: StartInput;
  /** Whose rights are looked at, beside those of the pod that it runs in. */
  readonly cluster: ClusterOptions | undefined;
  readonly output: 'text' | 'json';
}

/** `kdmq doctor`. */
export async function runDoctor({ input, cluster, output }: RunDoctor, signal: AbortSignal): Promise<number> {
  const { settings, origins, notes } = await loadCommandSettings(input);
  const findings: Finding[] = [];
  const found = async (more: readonly Finding[]): Promise<void> => {
    signal.throwIfAborted();
    const shown = more.map(withoutPasswords);
    findings.push(...shown);
    if (output === 'text') for (const finding of shown) await print(lineOf(finding));
  };
  for (const note of notes) await found([{ check: 'configuration', level: 'warning', what: note }]);
  const names = await checkNames(settings, signal);
  await found(names.findings);
  const hasAddress = origins.get('server_address')?.kind !== 'default';
  const sockets = await checkSockets(settings, { hasAddress, isToStart: cluster === undefined });
  await found(sockets.findings);
  await found(await checkHttp(settings, { hasAddress, nodeRuns: sockets.inUse }, signal));
  await found(await checkHttpFiles(settings));
  const own = sockets.inUse ? [settings.server_address] : [];
  const asked = names.nodes.filter(({ host }) => !isSilentPodAddress(host, settings, input.environment));
  const nodes = new Map([...own, ...asked].map((uri) => [formatNodeUri(uri), uri]));
  const { findings: ofNodes, ours } = await checkNodes([...nodes.values()], settings, signal);
  await found(ofNodes);
  const { findings: ofStore, clocks } = await checkStore(settings, sockets.areFree, signal);
  await found(ofStore);
  await found(clockFindings([...(await askHttpClocks(ours, settings, signal)), ...clocks]));
  const leaseIsSet = !['default', 'derived'].includes(origins.get('lease_name')?.kind ?? 'default');
  await found(await checkKubernetes(settings, leaseIsSet, input.environment, cluster));
  const errors = findings.filter(({ level }) => level === 'error').length;
  if (output === 'json') await print(`${JSON.stringify({ findings }, undefined, 2)}\n`);
  else await print(`${summary(errors, sockets.areFree)}\n`);
  return errors === 0 ? EXIT_CODES.ok : EXIT_CODES.unavailable;
}

function summary(errors: number, nobodyRuns: boolean): string {
  if (errors > 0) return `${count(errors, 'thing is', 'things are')} wrong`;
  return nobodyRuns ? 'nothing is wrong, and no node of this configuration runs here' : 'nothing is wrong';
}

/**
 * Whether it is an address of this pod on which its node does not listen. In a cluster of both families /etc/hosts names both for the pod
 * itself, and a node listens on the one that it announces.
 */
function isSilentPodAddress(host: string, { listen }: Settings, { POD_IPS = '' }: StartInput['environment']): boolean {
  const own = POD_IPS.split(/[\s,]+/).map((address) => shortestIpv6(address) ?? address);
  return own.includes(host) && !listen.some((socket) => [host, '::', '0.0.0.0'].includes(socket.host));
}

function withoutPasswords({ what, next, ...finding }: Finding): Finding {
  return { ...finding, what: maskPasswords(what), ...(next !== undefined && { next: maskPasswords(next) }) };
}

const HIGHLIGHTS = { ok: 'good', warning: 'doubtful', error: 'bad' } as const;

function lineOf({ check, level, what, next }: Finding): string {
  const more = next === undefined ? '' : `\n            ${escapeControls(next)}`;
  return `${highlighted(HIGHLIGHTS[level], level.padEnd(7))}  ${check}: ${escapeControls(what)}${more}\n`;
}
