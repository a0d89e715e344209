const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const CODES = new TextEncoder().encode(ALPHABET);
const VALUES = new Int8Array(128).fill(-1);
for (const [value, code] of CODES.entries()) VALUES[code] = value;
const PADDING = 61;

/** Base64 of RFC 4648 section 4, with padding and without line breaks. */
export function writeBase64(bytes: Uint8Array): string {
  const codes = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(PADDING);
  for (let at = 0, to = 0; at < bytes.length; at += 3, to += 4) {
    const left = bytes.length - at;
    const bits = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    codes[to] = CODES[bits >> 18]!;
    codes[to + 1] = CODES[(bits >> 12) & 63]!;
    if (left > 1) codes[to + 2] = CODES[(bits >> 6) & 63]!;
    if (left > 2) codes[to + 3] = CODES[bits & 63]!;
  }
  return new TextDecoder().decode(codes);
}

/** Reads what `writeBase64` writes, and nothing else: undefined for another alphabet, blanks, or bits that belong to no byte. */
export function readBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const digits = text.length - padding;
  let bits = 0;
  for (let at = 0, to = 0; at < text.length; at++) {
    const value = at < digits ? (VALUES[text.charCodeAt(at)] ?? -1) : 0;
    if (value < 0) return undefined;
    bits = (bits << 6) | value;
    if (at % 4 !== 3) continue;
    for (const shift of [16, 8, 0]) {
      if (to < bytes.length) bytes[to++] = bits >> shift;
      else if ((bits >> shift) & 255) return undefined;
    }
    bits = 0;
  }
  return bytes;
}
