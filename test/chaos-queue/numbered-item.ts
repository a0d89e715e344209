import type { QueuePlan } from './queue-plan.ts';

const KEYS = 12;
const encoder = new TextEncoder();

/** The key of item `n`: its number, or where keys are unique one of a few. */
export function keyOf({ addMode }: Pick<QueuePlan, 'addMode'>, n: number): string {
  return addMode === 'append' ? String(n) : `key ${hash(n) % KEYS}`;
}

/** The value of item `n`: bytes that follow from the number, sometimes many, sometimes none. */
export function contentOf({ addMode }: Pick<QueuePlan, 'addMode'>, n: number): Uint8Array {
  if (addMode === 'append' && n % 9 === 0) return new Uint8Array();
  const head = encoder.encode(`${n}.`);
  const value = new Uint8Array(head.length + lengthOf(n));
  value.set(head);
  for (let at = head.length, state = hash(n); at < value.length; at++) {
    state = Math.imul(state, 1_103_515_245) + 12_345;
    value[at] = state >>> 16;
  }
  return value;
}

/** The number of an item as it came back; undefined when it is not what was added. */
export function numberOf(
  plan: Pick<QueuePlan, 'addMode'>,
  item: { readonly key: Uint8Array; readonly value: Uint8Array },
): number | undefined {
  const text = new TextDecoder().decode(plan.addMode === 'append' ? item.key : item.value.subarray(0, 20));
  const n = Number.parseInt(text, 10);
  if (!Number.isSafeInteger(n)) return undefined;
  const same = Buffer.compare(item.key, encoder.encode(keyOf(plan, n))) === 0;
  return same && Buffer.compare(item.value, contentOf(plan, n)) === 0 ? n : undefined;
}

function lengthOf(n: number): number {
  const chance = hash(n) % 200;
  if (chance === 0) return 300_000;
  return chance < 8 ? 20_000 : chance;
}

function hash(n: number): number {
  const mixed = Math.imul(n ^ (n >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
