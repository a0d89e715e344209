/** What goes to a store with one call: so many records at most, and so many bytes. A longer record goes alone. */
export const chunkRecords = 1_000;
export const chunkBytes = 1_024 * 1_024;

/** Cuts records into chunks, in order. */
export function* chunksOf(records: Iterable<Uint8Array>): Generator<Uint8Array[]> {
  let chunk: Uint8Array[] = [];
  let bytes = 0;
  for (const record of records) {
    if (chunk.length === chunkRecords || (chunk.length > 0 && bytes + record.length > chunkBytes)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(record);
    bytes += record.length;
  }
  if (chunk.length > 0) yield chunk;
}
