import { escapeControls } from '../../core/escape-controls.ts';
import { formatNodeUri } from '../../core/node-uri.ts';
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
  const nodes = new Map([...own, ...names.nodes].map((uri) => [formatNodeUri(uri), uri]));
  await found(await checkNodes([...nodes.values()], settings, signal));
  await found(await checkStore(settings, signal));
  const errors = findings.filter(({ level }) => level === 'error').length;
  if (output === 'json') await print(`${JSON.stringify({ findings }, undefined, 2)}\n`);
  else await print(errors === 0 ? 'nothing is wrong\n' : `${count(errors, 'thing is', 'things are')} wrong\n`);
  return errors === 0 ? EXIT_CODES.ok : EXIT_CODES.unavailable;
}

function lineOf({ check, level, what, next }: Finding): string {
  const more = next === undefined ? '' : `\n            ${escapeControls(next)}`;
  return `${level.padEnd(7)}  ${check}: ${escapeControls(what)}${more}\n`;
}
