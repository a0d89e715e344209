import { busParts, type SaidList } from '../../core/bus-parts.ts';
import { kamailioFaults } from '../../core/kamailio-faults.ts';
import { formatNodeUri, type NodeUri } from '../../core/node-uri.ts';
import type { Settings } from '../../core/settings.ts';
import { kindOfSoftware } from '../../core/software.ts';
import { inParallel } from '../../edges/dns/in-parallel.ts';
import { CommandFailure } from '../command-failure.ts';
import { AskingNode, type ListAnswer } from '../ping/asking-node.ts';
import { answerLines } from '../ping/ping-words.ts';
import { count } from '../words.ts';
import type { Finding } from './finding.ts';

const AT_ONCE = 16;
const TIMEOUT_MS = 2_000;
/** More are not asked: those that others name beside the notification addresses included. */
const MOST_NODES = 500;

type Asked = { readonly uri: NodeUri; readonly answer: ListAnswer | string };

export interface CheckedNodes {
  readonly findings: readonly Finding[];
  /** Those of ours that answer. */
  readonly ours: readonly NodeUri[];
}

/** Asks the nodes, and those that they name, for their lists: who answers, whether they are one bus, and what is known of their versions. */
export async function checkNodes(
  nodes: readonly NodeUri[],
  settings: Settings,
  signal: AbortSignal,
): Promise<CheckedNodes> {
  const asked = new Map<string, Asked>();
  let next = nodes;
  // Those that are named by whom was named are asked too: so a part that DNS knows one node of is seen whole.
  while (next.length > 0 && !signal.aborted && asked.size < MOST_NODES) {
    const round = next.filter((uri) => !asked.has(formatNodeUri(uri))).slice(0, MOST_NODES - asked.size);
    await inParallel(round, AT_ONCE, async (uri) => {
      asked.set(formatNodeUri(uri), { uri, answer: await ask(uri, settings) });
    });
    next = round.flatMap((uri) => holdsOf(asked.get(formatNodeUri(uri))));
    next = next.filter(
      (uri, index) =>
        !asked.has(formatNodeUri(uri)) && next.findIndex((one) => formatNodeUri(one) === formatNodeUri(uri)) === index,
    );
  }
  const all = [...asked.values()];
  const findings = [...all.flatMap((one) => findingsOf(one, settings)), ...busFindings(all)];
  return { findings, ours: all.filter(isOurs).map(({ uri }) => uri) };
}

function isOurs({ answer }: Asked): boolean {
  return typeof answer !== 'string' && answer.kind === 'answered' && kindOfSoftware(answer.software) === 'kdmq';
}

async function ask(uri: NodeUri, settings: Settings): Promise<ListAnswer | string> {
  try {
    await using asking = await AskingNode.towards(uri, settings);
    return await asking.askForList(uri, settings.notification_channel, TIMEOUT_MS);
  } catch (error) {
    if (error instanceof CommandFailure) return error.message;
    throw error;
  }
}

function holdsOf(asked: Asked | undefined): readonly NodeUri[] {
  const answer = asked?.answer;
  if (answer === undefined || typeof answer === 'string' || answer.kind !== 'answered') return [];
  return answer.nodes.filter(({ status }) => status === 'active').map(({ uri }) => uri);
}

function findingsOf({ uri, answer }: Asked, { notification_channel: channel }: Settings): readonly Finding[] {
  const check = 'nodes';
  const node = formatNodeUri(uri);
  if (typeof answer === 'string') return [{ check, level: 'error', what: `${node} was not asked`, next: answer }];
  const [what = '', ...rest] = answerLines(uri, answer, { channel, timeoutMs: TIMEOUT_MS, withList: false })
    .trimEnd()
    .split('\n');
  const next = rest.join(' ').trim();
  if (answer.kind !== 'answered' || answer.code !== 200) {
    return [{ check, level: 'error', what, ...(next !== '' && { next }) }];
  }
  const faults =
    kindOfSoftware(answer.software) === 'kamailio' ? kamailioFaults(answer.software, holdsOf({ uri, answer })) : [];
  return [
    { check, level: 'ok', what },
    ...faults.map((fault): Finding => ({ check, level: 'warning', what: `${node}: ${fault}` })),
  ];
}

function busFindings(all: readonly Asked[]): readonly Finding[] {
  const lists: SaidList[] = all.flatMap(({ uri, answer }) =>
    typeof answer !== 'string' && answer.kind === 'answered' && answer.code === 200
      ? [{ uri, holds: holdsOf({ uri, answer }) }]
      : [],
  );
  if (lists.length === 0) return [];
  const parts = busParts(lists);
  if (parts.length === 1) return [{ check: 'bus', level: 'ok', what: `${count(lists.length, 'node')} on one bus` }];
  const shown = parts.map((part) => part.map(formatNodeUri).join(', ')).join(' | ');
  const next =
    'A node of ours that has one of each part in notification_address joins them; Kamailio nodes do not find each other again by themselves.';
  return [{ check: 'bus', level: 'error', what: `the bus is split into ${parts.length} parts: ${shown}`, next }];
}
