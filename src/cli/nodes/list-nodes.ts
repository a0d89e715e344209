import process from 'node:process';
import { setTimeout as after } from 'node:timers/promises';
import { escapeControls } from '../../core/escape-controls.ts';
import type { Readiness } from '../../core/readiness.ts';
import type { NodeView } from '../../kdmq-node.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { highlighted, statusHighlight } from '../highlighted.ts';
import { failedChecks } from '../node-api/failed-checks.ts';
import type { NodeApi } from '../node-api/node-api.ts';
import { printAnswer } from '../node-api/print-answer.ts';
import { note, print } from '../print.ts';
import { tableOf } from '../table.ts';
import { inUnits } from '../words.ts';

export type NodesOutput = 'table' | 'wide' | 'json' | 'yaml';

export interface ListNodes {
  readonly output: NodesOutput;
  /** Goes on each so many milliseconds. */
  readonly watchMs: number | undefined;
}

type Node = Pick<NodeView, 'uri' | 'status' | 'local' | 'kind' | 'software' | 'suspected' | 'failCount'> & {
  readonly seenAgoMs?: number;
  readonly roundTripMs?: number;
};

interface Sight {
  readonly nodes: readonly Node[];
  /** Why the node that was asked is not ready; empty when it is. */
  readonly unready: string;
}

/** Home, and away with all that stands below. */
const AT_THE_TOP = '\u001b[H\u001b[J';

/** `kdmq nodes`. */
export async function listNodes(api: NodeApi, { output, watchMs }: ListNodes, signal: AbortSignal): Promise<number> {
  if (watchMs === undefined) {
    await show(await look(api), output);
    return EXIT_CODES.ok;
  }
  let before = '';
  let trouble = '';
  while (!signal.aborted) {
    try {
      const sight = await look(api);
      const { nodes, unready } = sight;
      const state = [...nodes.map(({ uri, status, suspected }) => `${uri} ${status} ${suspected}`), unready].join();
      if (process.stdout.isTTY) await print(AT_THE_TOP);
      if (process.stdout.isTTY || state !== before) await show(sight, output);
      before = state;
      trouble = '';
    } catch (error) {
      if (signal.aborted) break;
      // A node that restarts is one that somebody watches. Anything else will not go away.
      if (!(error instanceof CommandFailure) || error.exitCode !== EXIT_CODES.unavailable) throw error;
      if (error.message !== trouble) note(error.message);
      trouble = error.message;
    }
    await after(watchMs, undefined, { signal }).catch(() => {});
  }
  return EXIT_CODES.ok;
}

async function look(api: NodeApi): Promise<Sight> {
  const [list, status] = await Promise.all(['/nodes', '/status'].map((path) => api.ask({ method: 'GET', path })));
  const { nodes } = list as Pick<Sight, 'nodes'>;
  return { nodes, unready: failedChecks(status as Readiness).join('; ') };
}

async function show({ nodes, unready }: Sight, output: NodesOutput): Promise<void> {
  if (output === 'json' || output === 'yaml') await printAnswer({ nodes }, output);
  else await print(nodeTable(nodes, output === 'wide'));
  if (unready !== '') note(`this node is not ready: ${unready}`);
}

/** The list as people read it. */
function nodeTable(nodes: readonly Node[], wide: boolean): string {
  const heads = ['NODE', 'STATUS', 'KIND', 'SEEN', 'RTT MS', ...(wide ? ['FAILS', 'SOFTWARE'] : [])];
  const rows = nodes.map(({ uri, status, local, kind, software, suspected, seenAgoMs, roundTripMs, failCount }) => [
    escapeControls(uri),
    highlighted(statusHighlight(status, suspected), escapeControls(suspected ? `${status}, suspected` : status)),
    escapeControls(local ? `${kind}, this one` : kind),
    seenAgoMs === undefined ? '-' : inUnits(seenAgoMs),
    roundTripMs === undefined ? '-' : roundTripMs.toFixed(1),
    ...(wide ? [String(failCount), software === '' ? '-' : escapeControls(software)] : []),
  ]);
  return tableOf([heads, ...rows], ['SEEN', 'RTT MS', 'FAILS']);
}
