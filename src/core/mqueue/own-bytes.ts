/** On V8 so many bytes live in the array object itself; to ask it for its buffer would make one. */
const inObject = 64;

/**
 * The same bytes in a buffer that nothing else lives in: in theirs when they have it for themselves, otherwise in a new one. Always a plain
 * Uint8Array, since the `slice` of a Node Buffer does not copy.
 */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  const alone = bytes.length > inObject && bytes.length === bytes.buffer.byteLength;
  return alone ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes);
}
