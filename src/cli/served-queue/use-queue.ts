import { escapeControls } from '../../core/escape-controls.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { contentOf, itemBytes } from '../node-api/message-content.ts';
import type { NodeApi } from '../node-api/node-api.ts';
import { printAnswer } from '../node-api/print-answer.ts';
import { note, print } from '../print.ts';
import { tableOf } from '../table.ts';
import { count, inUnits } from '../words.ts';
import { type QueueState, queuePath } from './queue-state.ts';

type Bytes = string | { readonly base64: string };

interface Item {
  readonly id: string;
  readonly partition: string;
  readonly key: Bytes;
  readonly value: Bytes;
  readonly deliveries: number;
  readonly receipt?: string;
}

const GRACE_MS = 10_000;

/** `kdmq queue show`. */
export async function showQueues(
  api: NodeApi,
  name: string | undefined,
  output: 'table' | 'json' | 'yaml',
): Promise<number> {
  const answer = await api.ask({ method: 'GET', path: name === undefined ? '/queues' : queuePath(name) });
  if (output !== 'table') {
    await printAnswer(answer, output);
    return EXIT_CODES.ok;
  }
  const queues = name === undefined ? (answer as { queues: readonly QueueState[] }).queues : [answer as QueueState];
  if (queues.length === 0) note(`the node at ${api.name} has no queues: the setting mqueue defines them`);
  else await print(queueTable(queues));
  return EXIT_CODES.ok;
}

/** `kdmq queue ls` through a running node: its queues, as a list. */
export async function listServed(api: NodeApi, output: 'table' | 'json'): Promise<number> {
  if (output === 'table') return showQueues(api, undefined, output);
  const { queues } = (await api.ask({ method: 'GET', path: '/queues' })) as { queues: readonly QueueState[] };
  await printAnswer(queues, output);
  return EXIT_CODES.ok;
}

function queueTable(queues: readonly QueueState[]): string {
  const heads = ['QUEUE', 'STATE', 'DURABILITY', 'ITEMS', 'DELAYED', 'LENT', 'BYTES', 'OLDEST'];
  const rows = queues.map(({ name, state, why, durability, size, delayed, leased, bytes, oldestMs }) => [
    name,
    why === undefined ? state : `${state}: ${why}`,
    durability,
    ...[size, delayed, leased, bytes].map(String),
    oldestMs === undefined ? '-' : inUnits(oldestMs),
  ]);
  return tableOf(
    [heads, ...rows.map((row) => row.map(escapeControls))],
    ['ITEMS', 'DELAYED', 'LENT', 'BYTES', 'OLDEST'],
  );
}

export interface NewItem {
  readonly key: string;
  readonly value: string | undefined;
  readonly file: string | undefined;
  readonly delayMs: number | undefined;
}

/** `kdmq queue add`. */
export async function addItem(
  api: NodeApi,
  queue: string,
  { key, value, file, delayMs }: NewItem,
  signal: AbortSignal,
): Promise<number> {
  const content = itemBytes(await contentOf({ words: value, file, what: 'value' }, signal));
  const body = { key, value: content, ...(delayMs !== undefined && { delayMs }) };
  const answer = await api.ask({ method: 'POST', path: `${queuePath(queue)}/items`, body, timeoutMs: 30_000 });
  const [item] = (answer as { items: readonly { id: string; outcome: string }[] }).items;
  await print(`${item?.id} ${item?.outcome}\n`);
  return EXIT_CODES.ok;
}

export interface FetchItems {
  readonly max: number;
  readonly waitMs: number;
  readonly output: 'table' | 'json';
}

/** `kdmq queue fetch`. */
export async function fetchItems(api: NodeApi, queue: string, { max, waitMs, output }: FetchItems): Promise<number> {
  const query = { max, wait_ms: waitMs };
  const answer = await api.ask({
    method: 'POST',
    path: `${queuePath(queue)}/fetch`,
    query,
    timeoutMs: waitMs + GRACE_MS,
  });
  const { items } = answer as { items: readonly Item[] };
  if (items.length === 0) throw new CommandFailure(EXIT_CODES.missing, `queue ${queue} has no item to fetch`);
  await printItems(items, output);
  return EXIT_CODES.ok;
}

/** `kdmq queue peek`. */
export async function peekItems(
  api: NodeApi,
  queue: string,
  { max, output }: Omit<FetchItems, 'waitMs'>,
): Promise<number> {
  const items: Item[] = [];
  let after: number | undefined;
  do {
    const query = { after, limit: max - items.length };
    const page = (await api.ask({ method: 'GET', path: `${queuePath(queue)}/items`, query })) as {
      items: readonly Item[];
      next?: number;
    };
    items.push(...page.items);
    after = page.items.length === 0 ? undefined : page.next;
  } while (after !== undefined && items.length < max);
  if (items.length === 0) note(`queue ${queue} has no item that could be fetched`);
  else await printItems(items, output);
  return EXIT_CODES.ok;
}

async function printItems(items: readonly Item[], output: 'table' | 'json'): Promise<void> {
  if (output === 'json') {
    await print(items.map((item) => `${JSON.stringify(item)}\n`).join(''));
    return;
  }
  const hasReceipts = items.some(({ receipt }) => receipt !== undefined);
  const heads = ['ID', 'PARTITION', ...(hasReceipts ? ['RECEIPT'] : []), 'KEY', 'VALUE'];
  const rows = items.map(({ id, partition, receipt, key, value }) => [
    id,
    partition,
    ...(hasReceipts ? [receipt ?? '-'] : []),
    shownBytes(key),
    shownBytes(value),
  ]);
  await print(tableOf([heads, ...rows.map((row) => row.map(escapeControls))], []));
}

function shownBytes(bytes: Bytes): string {
  return typeof bytes === 'string' ? bytes : `base64:${bytes.base64}`;
}

/** `kdmq queue ack` and `nack`. Goes on after one that is refused, and fails with what was. */
export async function settleItems(
  api: NodeApi,
  queue: string,
  word: 'ack' | 'nack',
  receipts: readonly string[],
  delayMs: number | undefined,
): Promise<number> {
  let failure: CommandFailure | undefined;
  for (const receipt of receipts) {
    const path = `${queuePath(queue)}/items/${encodeURIComponent(receipt)}/${word}`;
    try {
      await api.ask({ method: 'POST', path, query: { delay_ms: delayMs }, timeoutMs: 30_000 });
    } catch (error) {
      if (!(error instanceof CommandFailure) || error.exitCode === EXIT_CODES.unavailable) throw error;
      failure ??= error;
      note(`${error.message}${whereReceiptsAre(error, queue)}`);
    }
  }
  if (failure !== undefined) throw new CommandFailure(failure.exitCode, '');
  return EXIT_CODES.ok;
}

/** For a receipt that is none, and for one that is over. */
function whereReceiptsAre({ message }: CommandFailure, queue: string): string {
  const isMeant = message.includes('"receipt"') || message.includes('(LEASE_OVER)');
  return isMeant ? `. kdmq queue fetch ${queue} gives items with their receipts` : '';
}

/** `kdmq queue clear`. */
export async function clearQueue(api: NodeApi, queue: string, sure: boolean): Promise<number> {
  if (!sure) {
    const { size, delayed, leased } = (await api.ask({ method: 'GET', path: queuePath(queue) })) as QueueState;
    if (size + delayed + leased === 0) {
      await print(`queue ${queue} of ${api.name} is empty, and nothing was removed\n`);
      return EXIT_CODES.ok;
    }
    throw new CommandFailure(
      EXIT_CODES.refused,
      `queue ${queue} of ${api.name} holds ${count(size + delayed + leased, 'item')}, which can not be brought back: pass --yes to remove them`,
    );
  }
  const { removed } = (await api.ask({ method: 'DELETE', path: `${queuePath(queue)}/items`, timeoutMs: 30_000 })) as {
    removed: number;
  };
  await print(`${count(removed, 'item')} removed from queue ${queue}\n`);
  return EXIT_CODES.ok;
}
