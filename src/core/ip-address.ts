/** True for exactly four decimals 0..255 without leading zeros (so that nobody can read an octal into it). */
export function isIpv4(text: string): boolean {
  return ipv4Value(text, 0) >= 0;
}

/** Whether the text is an IPv4 address, or an IPv6 address without brackets and zone. */
export function isIpAddress(text: string): boolean {
  return isIpv4(text) || ipv6Words(text) !== undefined;
}

/**
 * The shortest form of an IPv6 address (RFC 5952: lower case, no leading zeros, the longest run of zeros as `::`,
 * IPv4-mapped as `::ffff:a.b.c.d`). Undefined when the text is not an IPv6 address; brackets and zones are not read.
 */
export function shortestIpv6(text: string): string | undefined {
  const words = ipv6Words(text);
  return words === undefined ? undefined : writeIpv6(words);
}

/** The value of the IPv4 address that fills the text from `start` to its end, or -1. */
export function ipv4Value(text: string, start: number): number {
  if (text.length - start < 7 || text.length - start > 15) return -1;
  let value = 0;
  let octet = -1;
  let octets = 0;
  for (let i = start; i <= text.length; i++) {
    const c = i === text.length ? 0x2e : text.charCodeAt(i);
    if (c === 0x2e) {
      if (octet < 0 || octets === 4) return -1;
      value = value * 256 + octet;
      octets++;
      octet = -1;
    } else {
      if (c < 0x30 || c > 0x39 || octet === 0) return -1;
      octet = (octet < 0 ? 0 : octet * 10) + c - 0x30;
      if (octet > 255) return -1;
    }
  }
  return octets === 4 ? value : -1;
}

/** The eight 16-bit words of an IPv6 address, or undefined. */
export function ipv6Words(text: string): number[] | undefined {
  if (text.length < 2 || text.length > 45) return undefined;
  const gap = text.indexOf('::');
  if (gap < 0) {
    const words = wordGroup(text, true);
    return words?.length === 8 ? words : undefined;
  }
  const head = wordGroup(text.slice(0, gap), false);
  const tail = wordGroup(text.slice(gap + 2), true);
  // RFC 5952 aside, RFC 4291 lets `::` stand for one group of zeros or more, never for none.
  if (head === undefined || tail === undefined || head.length + tail.length > 7) return undefined;
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function wordGroup(text: string, mayEndInIpv4: boolean): number[] | undefined {
  const words: number[] = [];
  if (text === '') return words;
  let start = 0;
  for (;;) {
    const colon = text.indexOf(':', start);
    const end = colon < 0 ? text.length : colon;
    if (colon < 0 && mayEndInIpv4 && text.indexOf('.', start) >= 0) {
      const value = ipv4Value(text, start);
      if (value < 0) return undefined;
      words.push(Math.floor(value / 65536), value % 65536);
      return words;
    }
    const word = hexWord(text, start, end);
    if (word < 0) return undefined;
    words.push(word);
    if (colon < 0) return words;
    start = colon + 1;
  }
}

function hexWord(text: string, start: number, end: number): number {
  if (end === start || end - start > 4) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const c = text.charCodeAt(i);
    const lower = c | 0x20;
    if (c >= 0x30 && c <= 0x39) value = value * 16 + c - 0x30;
    else if (lower >= 0x61 && lower <= 0x66) value = value * 16 + lower - 0x57;
    else return -1;
  }
  return value;
}

function writeIpv6(words: readonly number[]): string {
  if (words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff) {
    const [high, low] = [words[6]!, words[7]!];
    return `::ffff:${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  }
  const { start, length } = longestZeros(words);
  const hex = (part: readonly number[]) => part.map((word) => word.toString(16)).join(':');
  // One zero word alone is not shortened (RFC 5952 4.2.2).
  return length < 2 ? hex(words) : `${hex(words.slice(0, start))}::${hex(words.slice(start + length))}`;
}

function longestZeros(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (let i = 0; i < words.length; i++) {
    length = words[i] === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: i - length + 1, length };
  }
  return best;
}
