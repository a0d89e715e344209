const blockBytes = 32 * 1024;
const maxPooled = blockBytes / 8;

let block = new ArrayBuffer(blockBytes);
let used = 0;

/**
 * Bytes for something short-lived, to be written over wholly: what is in them is anything. Small ones are cut one after another from a
 * block that is shared, which takes a tenth of the time of a buffer each; whoever keeps one for long copies it, since it keeps its block alive.
 */
export function pooledBytes(length: number): Uint8Array {
  if (length > maxPooled) return new Uint8Array(length);
  if (used + length > blockBytes) {
    block = new ArrayBuffer(blockBytes);
    used = 0;
  }
  const bytes = new Uint8Array(block, used, length);
  used += length;
  return bytes;
}
