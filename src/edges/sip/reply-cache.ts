import type { ReplyContent } from '../../ports/sip-transport.ts';
import type { Counters } from '../../ports/telemetry.ts';

/** Timer J for UDP (RFC 3261 17.2.2): 64 × T1. A request that nobody answers is forgotten after the same time. */
const TIMER_J_MS = 32_000;

/** What is known about a request by its hash. */
export type Remembered =
  | 'new'
  /** It has reached the handler, which has not answered yet. */
  | 'handling'
  /** The final reply that went out. */
  | ReplyContent;

export interface ReplyCacheOptions {
  readonly counters: Counters;
  /** Requests remembered at the same time, a power of two. Each takes 16 bytes, allocated at once. Default 2^20. */
  readonly entries?: number | undefined;
  /** Bytes of reply bodies and headers kept aside. Default 16 MiB. */
  readonly keptBytes?: number;
}

interface KeptReply {
  readonly reply: ReplyContent;
  readonly size: number;
}

const WAYS = 8;
const WORDS = 4;
const EMPTY = 0;
const HANDLING = 1;
const KEPT = 2;
const CODE_SHIFT = 2;
const CODE_MASK = 0x3ff;
const REASON_SHIFT = 12;
/** Different reasons that stand for themselves in an entry; programs that make up more have theirs kept aside. */
const MOST_REASONS = 256;

/**
 * The server transactions of UDP (RFC 3261 17.2.2) in fixed memory: which requests were seen in the last 32 s and what
 * was answered. A table of 64-bit hashes in groups of eight; a full group gives up its oldest entry, and that is
 * counted, since a retransmission of it would reach the handler again.
 *
 * Nearly all replies are a code and one of a few reasons, and take nothing but their entry: the rest of such a reply is
 * written again from the retransmitted request. Bodies and headers are kept aside, oldest dropped first.
 */
export class ReplyCache {
  readonly #counters: Counters;
  readonly #keptLimit: number;
  readonly #groupMask: number;
  /** Per entry: two words of hash, the time in ms (modulo 2^32); reason, code and state in one. */
  readonly #table: Uint32Array;
  /** What the number of a reason in an entry stands for. */
  readonly #reasons: (string | undefined)[] = [undefined];
  /** Replies that are more than a code and a reason, by entry, oldest first. */
  readonly #kept = new Map<number, KeptReply>();
  #keptBytes = 0;

  constructor(options: ReplyCacheOptions) {
    const entries = options.entries ?? 2 ** 20;
    this.#counters = options.counters;
    this.#keptLimit = options.keptBytes ?? 16 * 2 ** 20;
    this.#groupMask = entries / WAYS - 1;
    this.#table = new Uint32Array(entries * WORDS);
  }

  /** Bytes of bodies and headers held at this moment. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /**
   * What is known about the request of this hash; when it is new it is remembered as being handled.
   * `now` is in milliseconds of the monotonic clock.
   */
  admit(high: number, low: number, now: number): Remembered {
    const time = now >>> 0;
    const entry = this.#find(high, low, time);
    if (entry < 0) {
      this.#write(this.#freeEntry(high, time), high, low, time, HANDLING);
      return 'new';
    }
    const state = this.#table[entry + 3]!;
    if (state === HANDLING) return 'handling';
    return (state & KEPT) === 0 ? this.#plainReply(state) : this.#kept.get(entry)!.reply;
  }

  /** Remembers the final reply to the request of this hash for Timer J from now on. */
  complete(high: number, low: number, reply: ReplyContent, now: number): void {
    const time = now >>> 0;
    let entry = this.#find(high, low, time);
    if (entry < 0) entry = this.#freeEntry(high, time);
    const reason = isPlain(reply) ? this.#numberOf(reply.reason) : -1;
    const code = reply.code << CODE_SHIFT;
    if (reason >= 0) this.#write(entry, high, low, time, (reason << REASON_SHIFT) | code);
    else {
      this.#write(entry, high, low, time, code | KEPT);
      this.#keep(entry, reply, keptSize(reply));
    }
  }

  #plainReply(state: number): ReplyContent {
    const code = (state >>> CODE_SHIFT) & CODE_MASK;
    const reason = this.#reasons[state >>> REASON_SHIFT];
    return reason === undefined ? { code } : { code, reason };
  }

  /** The number of a reason in an entry; -1 when there are too many. */
  #numberOf(reason: string | undefined): number {
    const known = this.#reasons.indexOf(reason);
    if (known >= 0 || this.#reasons.length >= MOST_REASONS) return known;
    return this.#reasons.push(reason) - 1;
  }

  /** The entry's index in the table, or -1. */
  #find(high: number, low: number, time: number): number {
    const table = this.#table;
    const start = (high & this.#groupMask) * WAYS * WORDS;
    for (let entry = start; entry < start + WAYS * WORDS; entry += WORDS) {
      if (table[entry + 1] !== low || table[entry] !== high || table[entry + 3] === EMPTY) continue;
      if ((time - table[entry + 2]!) >>> 0 < TIMER_J_MS) return entry;
    }
    return -1;
  }

  #freeEntry(high: number, time: number): number {
    const table = this.#table;
    const start = (high & this.#groupMask) * WAYS * WORDS;
    let oldest = start;
    let oldestAge = -1;
    for (let entry = start; entry < start + WAYS * WORDS; entry += WORDS) {
      const state = table[entry + 3]!;
      if (state === EMPTY) return entry;
      const age = (time - table[entry + 2]!) >>> 0;
      if (age > oldestAge) {
        oldestAge = age;
        oldest = entry;
      }
    }
    if (oldestAge < TIMER_J_MS) this.#counters.add('sip_replies_cached_evicted', 'entries');
    return oldest;
  }

  #write(entry: number, high: number, low: number, time: number, state: number): void {
    const table = this.#table;
    if ((table[entry + 3]! & KEPT) !== 0) this.#dropKept(entry);
    table[entry] = high;
    table[entry + 1] = low;
    table[entry + 2] = time;
    table[entry + 3] = state;
  }

  #keep(entry: number, reply: ReplyContent, size: number): void {
    this.#kept.set(entry, { reply, size });
    this.#keptBytes += size;
    const time = this.#table[entry + 2]!;
    for (const oldest of this.#kept.keys()) {
      const fresh = (time - this.#table[oldest + 2]!) >>> 0 < TIMER_J_MS;
      if (fresh && this.#keptBytes <= this.#keptLimit) return;
      // Without its body the reply would be a different one, so the request is forgotten as a whole.
      if (fresh) this.#counters.add('sip_replies_cached_evicted', 'bytes');
      this.#dropKept(oldest);
      this.#table[oldest + 3] = EMPTY;
    }
  }

  #dropKept(entry: number): void {
    const kept = this.#kept.get(entry);
    if (kept === undefined) return;
    this.#kept.delete(entry);
    this.#keptBytes -= kept.size;
  }
}

/** Whether code and reason say it all. */
function isPlain({ body, headers, contentType }: ReplyContent): boolean {
  return !body?.length && !headers?.length && !contentType;
}

/** Roughly what a kept reply costs, its objects included. */
function keptSize(reply: ReplyContent): number {
  let size = 256 + (reply.body?.length ?? 0) + (reply.reason?.length ?? 0) + (reply.contentType?.length ?? 0);
  for (const [name, value] of reply.headers ?? []) size += name.length + value.length + 64;
  return size;
}
