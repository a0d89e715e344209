import { escapeControls } from '../../core/escape-controls.ts';
import { shortestIpv6 } from '../../core/ip-address.ts';
import { formatNodeUri } from '../../core/node-uri.ts';
import type { Settings } from '../../core/settings.ts';
import type { StartInput } from '../../edges/config/setting-sources.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { loadCommandSettings } from '../load-command-settings.ts';
import { print } from '../print.ts';
import { count } from '../words.ts';
import { checkNames } from './check-names.ts';
import { checkNodes } from './check-nodes.ts';
import { checkSockets } from './check-sockets.ts';
import { checkStore } from './check-store.ts';
import type { Finding } from './finding.ts';

/** `kdmq doctor`. */
export async function runDoctor(input: StartInput, output: 'text' | 'json', signal: AbortSignal): Promise<number> {
  const { settings, origins, notes } = await loadCommandSettings(input);
  const findings: Finding[] = [];
  const found = async (more: readonly Finding[]): Promise<void> => {
    signal.throwIfAborted();
    findings.push(...more);
    if (output === 'text') for (const finding of more) await print(lineOf(finding));
  };
  for (const note of notes) await found([{ check: 'configuration', level: 'warning', what: note }]);
  const names = await checkNames(settings, signal);
  await found(names.findings);
  const hasAddress = origins.get('server_address')?.kind !== 'default';
  const sockets = await checkSockets(settings, hasAddress);
  await found(sockets.findings);
  const own = sockets.inUse ? [settings.server_address] : [];
  const asked = names.nodes.filter(({ host }) => !isSilentPodAddress(host, settings, input.environment));
  const nodes = new Map([...own, ...asked].map((uri) => [formatNodeUri(uri), uri]));
  await found(await checkNodes([...nodes.values()], settings, signal));
  await found(await checkStore(settings, signal));
  const errors = findings.filter(({ level }) => level === 'error').length;
  if (output === 'json') await print(`${JSON.stringify({ findings }, undefined, 2)}\n`);
  else await print(errors === 0 ? 'nothing is wrong\n' : `${count(errors, 'thing is', 'things are')} wrong\n`);
  return errors === 0 ? EXIT_CODES.ok : EXIT_CODES.unavailable;
}

/**
 * Whether it is an address of this pod on which its node does not listen. In a cluster of both families /etc/hosts names both for the pod
 * itself, and a node listens on the one that it announces.
 */
function isSilentPodAddress(host: string, { listen }: Settings, { POD_IPS = '' }: StartInput['environment']): boolean {
  const own = POD_IPS.split(/[\s,]+/).map((address) => shortestIpv6(address) ?? address);
  return own.includes(host) && !listen.some((socket) => [host, '::', '0.0.0.0'].includes(socket.host));
}

function lineOf({ check, level, what, next }: Finding): string {
  const more = next === undefined ? '' : `\n            ${escapeControls(next)}`;
  return `${level.padEnd(7)}  ${check}: ${escapeControls(what)}${more}\n`;
}
