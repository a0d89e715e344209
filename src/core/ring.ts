/** Something with a place on the ring. */
interface Placed {
  readonly hash: number;
}

/**
 * The `count` nodes that follow a place on the ring. As every node watches its followers, every node has as many watchers,
 * whatever the size of the bus. `sorted` is ascending by hash.
 */
export function followers<T extends Placed>(sorted: readonly T[], place: number, count: number): T[] {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]!.hash <= place) low = middle + 1;
    else high = middle;
  }
  const found: T[] = [];
  for (let step = 0; step < Math.min(count, sorted.length); step++) found.push(sorted[(low + step) % sorted.length]!);
  return found;
}

/** `count` different items picked at random; `fraction` gives numbers in [0, 1). */
export function pick<T>(items: readonly T[], count: number, fraction: () => number): T[] {
  if (items.length <= count) return [...items];
  const picked = new Set<T>();
  while (picked.size < count) picked.add(items[Math.floor(fraction() * items.length)]!);
  return [...picked];
}
