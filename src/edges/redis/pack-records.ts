const ARRAY_HEADER_BYTES = 5;
const STRING_HEADER_BYTES = 5;

/**
 * Writes records as one MessagePack array of strings, which scripts unpack with Redis' own `cmsgpack`. One big argument costs the
 * client and Redis half the time of a thousand small ones. The records are copied.
 */
export function packRecords(records: readonly Uint8Array[]): Buffer {
  let bytes = ARRAY_HEADER_BYTES;
  for (const record of records) bytes += STRING_HEADER_BYTES + record.length;
  const packed = Buffer.allocUnsafe(bytes);
  packed[0] = 0xdd; // array 32
  packed.writeUInt32BE(records.length, 1);
  let at = ARRAY_HEADER_BYTES;
  for (const record of records) {
    packed[at] = 0xdb; // str 32
    packed.writeUInt32BE(record.length, at + 1);
    packed.set(record, at + STRING_HEADER_BYTES);
    at += STRING_HEADER_BYTES + record.length;
  }
  return packed;
}

/**
 * Cuts records into runs that go into one call each, so that no call holds Redis up for long: at most `maxRecords`, and at most
 * `maxBytes` unless one record alone is bigger. Empty for no records.
 */
export function* inRuns(
  records: readonly Uint8Array[],
  maxRecords: number,
  maxBytes: number,
): Generator<{ readonly at: number; readonly records: readonly Uint8Array[] }> {
  let start = 0;
  let bytes = 0;
  for (let index = 0; index < records.length; index++) {
    const length = records[index]?.length ?? 0;
    if (index > start && (index - start === maxRecords || bytes + length > maxBytes)) {
      yield { at: start, records: records.slice(start, index) };
      start = index;
      bytes = 0;
    }
    bytes += length;
  }
  if (start < records.length) yield { at: start, records: start === 0 ? records : records.slice(start) };
}
