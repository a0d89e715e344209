import type { ItemLine } from '../../core/mqueue/item-line.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { itemBytes } from '../node-api/message-content.ts';
import type { NodeApi } from '../node-api/node-api.ts';
import { NodeRefusal } from '../node-api/node-refusal.ts';
import { patiently } from './patiently.ts';
import { queuePath } from './queue-state.ts';

/** What goes into one request: small beside the 2 MiB that http_max_body has by default, whatever JSON makes of the bytes. */
const BATCH_ITEMS = 500;
const BATCH_BYTES = 262_144;
/** A store may be slow, and an answer says that it has them. */
const TIMEOUT_MS = 60_000;
/** A year: longer ones the API does not take. */
const LONGEST_DELAY_MS = 31_536_000_000;

interface NewItem {
  readonly key: string | { readonly base64: string };
  readonly value: string | { readonly base64: string };
  readonly delayMs: number;
}

type Told = { readonly outcome?: unknown; readonly code?: unknown };

/** Adds items to a queue of a running node, many with one request and in their order, and keeps account of what it answered. */
export class ItemAdder {
  readonly #api: NodeApi;
  readonly #queue: string;
  readonly #signal: AbortSignal;
  readonly #outcomes = new Map<string, number>();
  #waiting: NewItem[] = [];
  #bytes = 0;
  #unsure = 0;
  #firstMissing: number | undefined;
  #sent = 0;

  constructor(api: NodeApi, queue: string, signal: AbortSignal) {
    this.#api = api;
    this.#queue = queue;
    this.#signal = signal;
  }

  /** Those of which the node has said that they are in the queue. */
  get added(): number {
    return [...this.#outcomes.values()].reduce((sum, number) => sum + number, 0);
  }

  /** By the words of the API: `added`, `replaced`, `kept`. */
  get outcomes(): ReadonlyMap<string, number> {
    return this.#outcomes;
  }

  /** Those that were sent, and of which nobody has said whether they are in the queue. */
  get unsure(): number {
    return this.#unsure;
  }

  /** Which one, counted from 1, is the first that the node did not say to have; undefined while there is none. */
  get firstMissing(): number | undefined {
    return this.#firstMissing;
  }

  /** Resolves when there is room for the next one. Rejects with a CommandFailure. */
  async add({ key, value, dueAt }: ItemLine): Promise<void> {
    const bytes = key.length + value.length;
    if (this.#waiting.length === BATCH_ITEMS || (this.#bytes > 0 && this.#bytes + bytes > BATCH_BYTES))
      await this.end();
    // The queue's own delay is for those that are new.
    const delayMs = Math.min(LONGEST_DELAY_MS, Math.max(0, Math.ceil(dueAt - Date.now())));
    this.#waiting.push({ key: itemBytes(key), value: itemBytes(value), delayMs });
    this.#bytes += bytes;
  }

  /** Sends what waits still. */
  async end(): Promise<void> {
    const items = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    if (items.length > 0) await this.#send(items);
  }

  async #send(items: readonly NewItem[]): Promise<void> {
    const path = `${queuePath(this.#queue)}/items`;
    this.#signal.throwIfAborted();
    try {
      const answer = await patiently(this.#signal, () =>
        this.#api.ask({ method: 'POST', path, body: items, timeoutMs: TIMEOUT_MS }),
      );
      this.#count((answer as { readonly items: readonly Told[] }).items);
    } catch (error) {
      const refused = error instanceof NodeRefusal ? error.answer : undefined;
      const told = toldOf(refused?.problem);
      if (refused?.status === 413 && told === undefined && items.length > 1) {
        // The body is more than this node takes: nothing of it was added.
        const half = Math.ceil(items.length / 2);
        await this.#send(items.slice(0, half));
        await this.#send(items.slice(half));
      } else {
        this.#count(told ?? items.map(() => ({ code: isUnsure(error) ? 'STORE_UNAVAILABLE' : '' })));
        throw error;
      }
    }
  }

  #count(items: readonly Told[]): void {
    for (const { outcome, code } of items) {
      this.#sent += 1;
      if (typeof outcome === 'string') this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
      else {
        this.#firstMissing ??= this.#sent;
        if (code === 'STORE_UNAVAILABLE') this.#unsure += 1;
      }
    }
  }
}

/** What became of each item of a request that did not add all of them. */
function toldOf(problem: unknown): readonly Told[] | undefined {
  if (typeof problem !== 'object' || problem === null || !('items' in problem)) return undefined;
  return Array.isArray(problem.items) ? (problem.items as readonly Told[]) : undefined;
}

/** No answer says nothing of what was done; so does a store that did not answer the node. */
function isUnsure(error: unknown): boolean {
  if (!(error instanceof NodeRefusal))
    return !(error instanceof CommandFailure) || error.exitCode === EXIT_CODES.unavailable;
  const { problem } = error.answer;
  return typeof problem === 'object' && problem !== null && 'code' in problem && problem.code === 'STORE_UNAVAILABLE';
}
