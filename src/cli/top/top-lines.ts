import { stripVTControlCharacters } from 'node:util';
import { escapeControls } from '../../core/escape-controls.ts';
import { highlighted, statusHighlight } from '../highlighted.ts';
import { failedChecks } from '../node-api/failed-checks.ts';
import { tableOf } from '../table.ts';
import { count, inUnits } from '../words.ts';
import type { ChannelRate, NodeRates, QueueRate } from './node-rates.ts';
import type { ListedNode } from './node-sample.ts';

/** Room on a terminal. */
export interface Room {
  readonly columns: number;
  readonly rows: number;
}

/** A table, and what one line of it is called. */
interface Part {
  readonly lines: readonly string[];
  readonly what: string;
}

/** Lines of a table that are shown in any case: its head, and what stands first. */
const LEAST = 3;

/** What is shown of a node, cut to the room that there is. Without room everything. */
export function topLines(rates: NodeRates, room: Room | undefined): readonly string[] {
  const head = headLines(rates);
  const parts = [nodePart(rates.nodes), channelPart(rates.channels), queuePart(rates.queues)].filter(
    ({ lines }) => lines.length > 1,
  );
  if (room === undefined) return [...head, ...parts.flatMap(({ lines }) => ['', ...lines])];
  const rows = shares(
    parts.map(({ lines }) => lines.length),
    room.rows - head.length - parts.length,
  );
  const lines = [...head, ...parts.flatMap((part, index) => ['', ...cut(part, rows[index] ?? 0)])];
  return lines.slice(0, room.rows).map((line) => narrowed(line, room.columns));
}

function headLines({ status, nodes, queues }: NodeRates): string[] {
  const { uri, version, uptimeMs, ready, stopping, store, kubernetes } = status;
  const state = stopping
    ? highlighted('bad', 'stopping')
    : ready
      ? highlighted('good', 'ready')
      : highlighted('bad', 'not ready');
  // A node that stops says so already.
  const why = stopping ? [] : failedChecks(status).map((line) => highlighted('bad', line));
  const active = nodes.filter((node) => node.status === 'active').length;
  const unwell = queues.filter(({ queue }) => queue.state !== 'ready');
  const held =
    unwell.length === 0 ? '' : highlighted('bad', `, ${count(unwell.length, 'queue is', 'queues are')} not ready`);
  const watched = kubernetes.state === 'off' ? '' : `, Kubernetes: ${escapeControls(kubernetes.state)}`;
  return [
    `${highlighted('heading', escapeControls(uri))}  kdmq ${escapeControls(version)}, up ${inUnits(uptimeMs)}, ${state}`,
    ...why,
    `${active} of ${count(nodes.length, 'node')} active, store: ${escapeControls(store)}${held}${watched}`,
  ];
}

function nodePart(nodes: readonly ListedNode[]): Part {
  const rows = nodes.map(({ uri, status, local, kind, suspected, seenAgoMs, roundTripMs }) => [
    escapeControls(uri),
    highlighted(statusHighlight(status, suspected), escapeControls(suspected ? `${status}, suspected` : status)),
    escapeControls(local ? `${kind}, this one` : kind),
    seenAgoMs === undefined ? '-' : inUnits(seenAgoMs),
    roundTripMs === undefined ? '-' : roundTripMs.toFixed(1),
  ]);
  return partOf('node', [['NODE', 'STATUS', 'KIND', 'SEEN', 'RTT MS'], ...rows], ['SEEN', 'RTT MS']);
}

function channelPart(channels: readonly ChannelRate[]): Part {
  const rows = channels.map(({ name, received, sent, failed }) => [
    name === '' ? '(others)' : escapeControls(name),
    perSecond(received),
    perSecond(sent),
    failed > 0 ? highlighted('bad', perSecond(failed)) : perSecond(failed),
  ]);
  const numbers = ['IN/S', 'OUT/S', 'FAILED/S'];
  return partOf('channel', [['CHANNEL', ...numbers], ...rows], numbers);
}

function queuePart(queues: readonly QueueRate[]): Part {
  const rows = queues.map(({ queue, added, fetched }) => [
    escapeControls(queue.name),
    highlighted(queue.state === 'ready' ? 'good' : 'bad', escapeControls(queue.state)),
    ...[queue.size, queue.delayed, queue.leased, queue.bytes].map(String),
    perSecond(added),
    perSecond(fetched),
    queue.oldestMs === undefined ? '-' : inUnits(queue.oldestMs),
  ]);
  const numbers = ['ITEMS', 'DELAYED', 'LENT', 'BYTES', 'ADDED/S', 'FETCHED/S', 'OLDEST'];
  return partOf('queue', [['QUEUE', 'STATE', ...numbers], ...rows], numbers);
}

function partOf(what: string, rows: readonly (readonly string[])[], rightHand: readonly string[]): Part {
  return { what, lines: tableOf(rows, rightHand).trimEnd().split('\n') };
}

function perSecond(rate: number): string {
  return rate === 0 ? '0' : rate < 10 ? rate.toFixed(1) : Math.round(rate).toString();
}

/** How many lines each table gets: all it has where there is room, what is missing is taken from the longest. */
function shares(wanted: readonly number[], room: number): readonly number[] {
  const given = [...wanted];
  let over = given.reduce((sum, lines) => sum + lines, 0) - room;
  while (over > 0) {
    const longest = given.indexOf(Math.max(...given));
    if ((given[longest] ?? 0) <= LEAST) break;
    given[longest]! -= 1;
    over -= 1;
  }
  return given;
}

function cut({ lines, what }: Part, rows: number): readonly string[] {
  if (lines.length <= rows) return lines;
  const left = lines.length - (rows - 1);
  return [...lines.slice(0, rows - 1), highlighted('faint', `… ${count(left, `more ${what}`)}`)];
}

/** A line that is too wide loses its colours with its end. */
function narrowed(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= columns ? line : `${plain.slice(0, Math.max(0, columns - 1))}…`;
}
