/** Record number `n`: its bytes follow from the number, from 8 to some thousand of them. */
export function numberedRecord(n: number): Uint8Array {
  const record = new Uint8Array(8 + ((n * 7919) % 97 === 0 ? 5000 : (n * 31) % 300));
  new DataView(record.buffer).setFloat64(0, n);
  for (let index = 8; index < record.length; index++) record[index] = n * 13 + index * 7;
  return record;
}

/** The number of a record; throws where a byte of it is another. */
export function numberOf(record: Uint8Array): number {
  const n = new DataView(record.buffer, record.byteOffset, record.length).getFloat64(0);
  if (Buffer.compare(record, numberedRecord(n)) !== 0) throw new Error(`record ${n} has come back as other bytes`);
  return n;
}
