import { setTimeout as after } from 'node:timers/promises';
import { formatNodeUri, type NodeUri } from '../../core/node-uri.ts';
import { notificationAddressFormat } from '../../core/settings/address-formats.ts';
import type { Settings } from '../../core/settings.ts';
import { DnsResolver } from '../../edges/dns/dns-resolver.ts';
import { inParallel } from '../../edges/dns/in-parallel.ts';
import { SystemClock } from '../../edges/system/system-clock.ts';
import type { NotificationAddress } from '../../ports/resolver.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { loadCommandSettings } from '../load-command-settings.ts';
import { note, print } from '../print.ts';
import { AskingNode, type ListAnswer } from './asking-node.ts';
import type { PingCommand } from './ping-command.ts';
import { PingTally } from './ping-tally.ts';
import { answerLines, tallyLine } from './ping-words.ts';

const AT_ONCE = 32;
const RESOLVE_MS = 5_000;

/** `kdmq ping`. */
export async function pingNodes(command: PingCommand, signal: AbortSignal): Promise<number> {
  const { settings } = await loadCommandSettings(command.input);
  const nodes = await nodesBehind(readTarget(command.target), settings, signal);
  const tallies = nodes.map((uri) => new PingTally(uri));
  await inParallel(tallies, AT_ONCE, (tally) => askOne(tally, settings, command, signal));
  if (command.output === 'json') {
    const report = { target: command.target, nodes: tallies.map((tally) => tally.report()) };
    await print(`${JSON.stringify(report, undefined, 2)}\n`);
  } else if (command.count > 1) {
    for (const tally of tallies) await print(tallyLine(tally.report()));
  }
  return tallies.every((tally) => tally.isThere) ? EXIT_CODES.ok : EXIT_CODES.unavailable;
}

function readTarget(target: string): NotificationAddress {
  const reading = notificationAddressFormat.read(target);
  if (reading.ok && reading.value.length === 1) return reading.value[0]!;
  const problem = reading.ok ? 'is several addresses' : reading.problem;
  throw new CommandFailure(
    EXIT_CODES.usage,
    `"${target}" ${problem}: write the node's address as sip:10.0.0.1:5060 or sip:[fd00::1]:5060;transport=tcp`,
  );
}

async function nodesBehind(
  address: NotificationAddress,
  settings: Settings,
  signal: AbortSignal,
): Promise<readonly NodeUri[]> {
  const resolver = new DnsResolver({ clock: new SystemClock(), resolvConfPath: settings.resolv_conf });
  try {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(RESOLVE_MS)]);
    const { nodes, errors } = await resolver.resolve(address, true, deadline);
    signal.throwIfAborted();
    if (nodes.length > 0) {
      for (const error of errors) note(error);
      return nodes;
    }
    throw new CommandFailure(
      EXIT_CODES.unavailable,
      `${address.host} leads to no address (${errors.join('; ')}): see whether the name is right, and what resolves here: kdmq doctor`,
    );
  } finally {
    resolver.close();
  }
}

async function askOne(
  tally: PingTally,
  settings: Settings,
  { count, intervalMs, timeoutMs, output }: PingCommand,
  signal: AbortSignal,
): Promise<void> {
  const channel = settings.notification_channel;
  await using asking = await AskingNode.towards(tally.uri, settings);
  let known = '';
  for (let sent = 0; sent < count && !signal.aborted; sent++) {
    const startedAt = performance.now();
    const answer = await asking.askForList(tally.uri, channel, timeoutMs);
    tally.add(answer);
    if (output === 'text') {
      const list = listOf(answer);
      await print(answerLines(tally.uri, answer, { channel, timeoutMs, withList: list !== known }));
      known = list;
    }
    if (sent + 1 < count) await rest(Math.max(0, intervalMs - (performance.now() - startedAt)), signal);
  }
}

/** Ends early when the command is called off: what has been asked until then is told. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await after(ms, undefined, { signal }).catch(() => {});
}

function listOf(answer: ListAnswer): string {
  return answer.kind === 'answered'
    ? answer.nodes.map(({ uri, status }) => `${formatNodeUri(uri)} ${status}`).join()
    : '';
}
