import type { LogLine, PodLog } from './pod-log.ts';

/** When a node's process listened, and as what. */
export interface Start {
  readonly at: number;
  readonly uri: string;
}

/** The start of the process whose log this is. */
async function startOf(log: PodLog): Promise<Start> {
  const { at, server_address: uri = '' } = await log.until('started', ({ msg }) => msg === 'started');
  return { at, uri };
}

const isJoinOf =
  (uri: string) =>
  ({ msg, node }: LogLine): boolean =>
    msg === 'node joined' && node === uri;

/** Whether a line says that a node is out of the broadcasts. */
export const isEndOf =
  (uri: string) =>
  ({ msg, node }: LogLine): boolean =>
    node === uri && (msg === 'node left' || msg === 'node died');

/** Milliseconds from when the last of them listened until each holds every other one as active. */
export async function allSeeAllAfter(logs: readonly PodLog[]): Promise<number> {
  const starts = await Promise.all(logs.map(startOf));
  const last = Math.max(...starts.map(({ at }) => at));
  const joins = logs.flatMap((log, i) =>
    starts.filter((_, other) => other !== i).map(({ uri }) => log.until(`${uri} joined`, isJoinOf(uri))),
  );
  return Math.max(...(await Promise.all(joins)).map(({ at }) => at)) - last;
}

/** Milliseconds from when a node listened until it and each of the others hold one another as active. */
export async function seenEverywhereAfter(newcomer: PodLog, others: readonly PodLog[]): Promise<number> {
  const start = await startOf(newcomer);
  const each = others.map(async (other) => {
    const { at, uri } = await startOf(other);
    const joins = await Promise.all([
      other.until(`${start.uri} joined`, isJoinOf(start.uri), start.at),
      newcomer.until(`${uri} joined`, isJoinOf(uri)),
    ]);
    return Math.max(...joins.map((join) => join.at)) - Math.max(at, start.at);
  });
  return Math.max(...(await Promise.all(each)));
}

/** Milliseconds from a time until none of them holds a node as active any more. */
export async function outEverywhereAfter(uri: string, logs: readonly PodLog[], since: number): Promise<number> {
  const ends = await Promise.all(logs.map((log) => log.until(`${uri} left or died`, isEndOf(uri), since)));
  return Math.max(...ends.map(({ at }) => at)) - since;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Prints what was measured, in the words of the table in docs/kubernetes.md, and gives the median. */
export function measured(what: string, times: readonly number[]): number {
  const rounded = times.map(Math.round);
  const range = times.length > 1 ? ` (${Math.min(...rounded)}–${Math.max(...rounded)}), n=${times.length}` : '';
  console.log(`measured: ${what}: ${Math.round(median(times))} ms${range}`);
  return median(times);
}
