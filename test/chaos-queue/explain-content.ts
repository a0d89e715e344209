import type { FoundItem } from './diary.ts';
import { isTake, type KnownItem } from './known-item.ts';
import type { LiveQueue } from './live-queue.ts';

/** Looks whether a queue that was served until it was stopped, or until its process was killed, can hold these. Throws a Contradiction. */
export function explainContent(live: LiveQueue, found: readonly FoundItem[]): void {
  checkFound(live, found);
  const there = new Set(found.map(({ n }) => n));
  const missing = [...live.items.values()].filter((item) => !there.has(item.n) && !mayBeMissing(live, item, there));
  const takes = live.plan.leaseMs > 0 ? 0 : [...live.calls.values()].filter(isTake).length + live.inDoubt;
  const list = missing.map(({ n }) => n).join(', ');
  if (missing.length > takes) throw live.wrong(`lost: ${list} (${takes} calls may have taken one each)`);
  const youngest = missing.at(-1)?.n ?? -1;
  const older = [...live.items.values()].filter(
    (item) => item.n < youngest && item.state === 'in' && there.has(item.n),
  );
  if (older.length > takes - missing.length + live.strays) {
    throw live.wrong(`lost: ${list}, and older ones are there: ${older.map(({ n }) => n).join(', ')}`);
  }
  checkAsked(live, there);
}

function checkFound(live: LiveQueue, found: readonly FoundItem[]): void {
  const keys = new Set<string>();
  let last = -1;
  for (const { n, id, deliveries } of found) {
    const item = live.items.get(n);
    if (n === last) throw live.wrong(`item ${n} is there twice`);
    if (n < last) throw live.wrong(`item ${n} is there behind ${last}`);
    last = n;
    if (item === undefined) throw live.wrong(`item ${n} is there: ${live.whyGone(n)}`);
    if (item.id !== undefined && item.id !== id) throw live.wrong(`item ${n} was ${item.id} and is ${id}`);
    if (deliveries < item.deliveries)
      throw live.wrong(`item ${n} was delivered ${item.deliveries} times, not ${deliveries}`);
    if (live.plan.addMode !== 'append' && keys.has(item.key)) throw live.wrong(`two items have the key ${item.key}`);
    keys.add(item.key);
  }
}

function mayBeMissing(live: LiveQueue, item: KnownItem, there: ReadonlySet<number>): boolean {
  if (item.state !== 'in' || item.acks > 0) return true;
  if (live.clears().some(({ last }) => item.n <= last)) return true;
  return live.plan.addMode === 'replace' && isReplaced(live, item, there);
}

function isReplaced(live: LiveQueue, { n, key }: KnownItem, there: ReadonlySet<number>): boolean {
  return [...live.items.values()].some((other) => other.n > n && other.key === key && there.has(other.n));
}

/** A journal has what was asked for up to some point, and nothing behind it. */
function checkAsked(live: LiveQueue, there: ReadonlySet<number>): void {
  if (live.plan.addMode !== 'append' || live.clears().length > 0) return;
  const asked = [...live.items.values()].filter(({ state }) => state === 'asked');
  const first = asked.findIndex(({ n }) => !there.has(n));
  const behind = first < 0 ? undefined : asked.slice(first).find(({ n }) => there.has(n));
  if (behind !== undefined)
    throw live.wrong(`item ${behind.n} is there without ${asked[first]!.n}, which came before it`);
}
