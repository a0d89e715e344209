/**
 * The name out of `names` that was probably meant: equal but for case and `-`/`_`, at most a third of its letters
 * away (letters left out, added, changed or swapped), or else its beginning or continuation. Undefined when none is.
 */
export function closestName(written: string, names: Iterable<string>): string | undefined {
  const plain = simplified(written);
  if (plain.length > 100) return undefined;
  let closest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const distance = editDistance(plain, simplified(name));
    if (distance < least && distance <= Math.max(1, Math.floor(name.length / 3))) {
      least = distance;
      closest = name;
    }
  }
  return closest ?? [...names].find((name) => begins(plain, simplified(name)));
}

function begins(written: string, name: string): boolean {
  return written.length >= 4 && name.length >= 4 && (name.startsWith(written) || written.startsWith(name));
}

const simplified = (name: string): string => name.toLowerCase().replaceAll('-', '_');

/** Optimal string alignment distance: like Levenshtein's, with two swapped neighbours as one mistake. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
