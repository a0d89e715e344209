/** On V8 so many bytes live in the array object itself; to ask it for its buffer would make one. */
const inObject = 64;

/** The same bytes in a buffer that nothing else lives in: these when they have theirs for themselves, otherwise a copy. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.length > inObject && bytes.length === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}
