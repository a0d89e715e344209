import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatItemId,
  type ItemParts,
  itemAddedAt,
  itemDeliveries,
  itemDueAt,
  itemId,
  itemKey,
  itemValue,
  maxItemBytes,
  parseItemId,
  RecordError,
  readRecord,
  recordBytes,
  setItemDeliveries,
  writeCleared,
  writeDelivered,
  writeItem,
  writePostponed,
  writeRemoved,
  writeUndelivered,
} from '../../../src/core/mqueue/item-record.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const nothing = bytes();
const plain: ItemParts = { epoch: 3, sequence: 17, addedAt: 1_700_000_000_123, dueAt: 0, key: nothing, value: nothing };
const codeOf = (read: () => unknown): string | undefined => {
  try {
    read();
  } catch (error) {
    if (error instanceof RecordError) return error.code;
    throw error;
  }
  return undefined;
};

describe('an item record', () => {
  const megabyte = Uint8Array.from({ length: 1_048_576 }, (_, index) => (index * 31) >> 3);
  const values = [
    ['nothing', nothing],
    ['a NUL', bytes(0)],
    ['NUL between letters', bytes(0x61, 0, 0x62)],
    ['invalid UTF-8', bytes(0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80)],
    ['1 MB', megabyte],
  ] as const;

  it.each(
    values.flatMap(([key, keyBytes]) => values.map(([value, valueBytes]) => ({ key, value, keyBytes, valueBytes }))),
  )('gives back $key as key and $value as value', ({ keyBytes, valueBytes }) => {
    const record = writeItem({ ...plain, key: keyBytes, value: valueBytes });
    expect(Buffer.compare(itemKey(record), keyBytes)).toBe(0);
    expect(Buffer.compare(itemValue(record), valueBytes)).toBe(0);
    expect(recordBytes(record)).toBe(34 + keyBytes.length + valueBytes.length);
    const read = readRecord(record);
    expect(read.kind === 'item' && read.record).toBe(record);
  });

  it('gives back whatever was written', () => {
    const time = fc.double({ noNaN: true, noDefaultInfinity: true });
    const parts = fc.record({
      epoch: fc.nat(2 ** 32 - 1),
      sequence: fc.nat(2 ** 48 - 1),
      addedAt: time,
      dueAt: time,
      deliveries: fc.nat(65_535),
      key: fc.uint8Array(),
      value: fc.uint8Array(),
    });
    fc.assert(
      fc.property(parts, (written) => {
        const record = writeItem(written);
        expect({
          ...itemId(record),
          addedAt: itemAddedAt(record),
          dueAt: itemDueAt(record),
          deliveries: itemDeliveries(record),
          key: itemKey(record),
          value: itemValue(record),
        }).toEqual(written);
      }),
    );
  });

  it('has the layout that stores keep, byte by byte', () => {
    const written = { epoch: 0x01020304, sequence: 0x0506_0708_090a, addedAt: 1, dueAt: -2, deliveries: 0x0b0c };
    const record = writeItem({ ...written, key: bytes(0x6b), value: bytes(0x76, 0x77) });
    expect(Buffer.from(record).toString('hex')).toBe(
      '0101 01020304 05060708090a 3ff0000000000000 c000000000000000 0b0c 00000001 6b 7677'.replaceAll(' ', ''),
    );
  });

  it('is a copy of the key and value', () => {
    const value = bytes(1, 2, 3);
    const record = writeItem({ ...plain, value });
    value.fill(9);
    expect(itemValue(record)).toEqual(bytes(1, 2, 3));
  });

  it('shares no byte with another', () => {
    const [one, other] = [writeItem({ ...plain, value: bytes(1) }), writeItem({ ...plain, value: bytes(2) })];
    one.fill(0xff);
    expect(itemValue(other)).toEqual(bytes(2));
    expect(itemId(other)).toEqual({ epoch: 3, sequence: 17 });
  });

  it('counts deliveries in place, up to 65,535', () => {
    const record = writeItem({ ...plain, value: bytes(7) });
    expect(itemDeliveries(record)).toBe(0);
    setItemDeliveries(record, 258);
    expect(itemDeliveries(record)).toBe(258);
    setItemDeliveries(record, 70_000);
    expect(itemDeliveries(record)).toBe(65_535);
    expect(itemValue(record)).toEqual(bytes(7));
  });

  it.each([
    ['an epoch above 32 bits', { epoch: 2 ** 32 }],
    ['a sequence above 48 bits', { sequence: 2 ** 48 }],
    ['a negative sequence', { sequence: -1 }],
    ['half an epoch', { epoch: 0.5 }],
    ['more bytes than an item may have', { value: new Uint8Array(maxItemBytes + 1) }],
  ])('is not written with %s', (_, wrong) => {
    expect(() => writeItem({ ...plain, ...wrong })).toThrow(RangeError);
  });
});

describe('what happened to an item', () => {
  it.each([
    ['removed', writeRemoved],
    ['delivered', writeDelivered],
    ['undelivered', writeUndelivered],
    ['cleared', writeCleared],
  ] as const)('is read again: %s', (kind, write) => {
    const id = { epoch: 2 ** 32 - 1, sequence: 2 ** 48 - 1 };
    expect(readRecord(write(id))).toEqual({ kind, id });
    expect(write(id)).toHaveLength(12);
  });

  it('is read again: postponed, and until when', () => {
    const id = { epoch: 2 ** 32 - 1, sequence: 2 ** 48 - 1 };
    const record = writePostponed(id, 1_700_000_000_000.5);
    expect(readRecord(record)).toEqual({ kind: 'postponed', id, dueAt: 1_700_000_000_000.5 });
    expect(codeOf(() => readRecord(record.subarray(0, 19)))).toBe('RECORD_UNREADABLE');
    expect(codeOf(() => readRecord(writePostponed(id, Number.POSITIVE_INFINITY)))).toBe('RECORD_UNREADABLE');
  });
});

describe('bytes that are no record', () => {
  const record = writeItem({ ...plain, key: bytes(1, 2), value: bytes(3) });
  const changed = (at: number, value: number): Uint8Array => record.map((byte, index) => (index === at ? value : byte));

  it.each([
    ['of a newer version', changed(0, 2), 'RECORD_NEWER'],
    ['of a newer version, of which nothing else is known', bytes(200), 'RECORD_NEWER'],
    ['of version 0', changed(0, 0), 'RECORD_UNREADABLE'],
    ['without any byte', nothing, 'RECORD_UNREADABLE'],
    ['of an unknown kind', changed(1, 6), 'RECORD_UNREADABLE'],
    ['cut in the header', record.subarray(0, 33), 'RECORD_UNREADABLE'],
    ['cut in the key', record.subarray(0, 35), 'RECORD_UNREADABLE'],
    ['with a key of 4 GB', changed(30, 0xff), 'RECORD_UNREADABLE'],
    [
      'with a time that is no number',
      changed(12, 0x7f).map((byte, at) => (at === 13 ? 0xff : byte)),
      'RECORD_UNREADABLE',
    ],
    ['that tell of an item, cut', writeRemoved(plain).subarray(0, 11), 'RECORD_UNREADABLE'],
    ['that tell of an item, and more', bytes(...writeRemoved(plain), 0), 'RECORD_UNREADABLE'],
  ])('%s are refused', (_, wrong, code) => {
    expect(codeOf(() => readRecord(wrong))).toBe(code);
  });

  it('never do more harm than a RecordError, whatever they are', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (any) => void codeOf(() => readRecord(any))));
    fc.assert(
      fc.property(
        fc.nat(record.length - 1),
        fc.nat(255),
        (at, value) => void codeOf(() => readRecord(changed(at, value))),
      ),
    );
  });
});

describe('the id of an item', () => {
  it.each([
    ['3-17', { epoch: 3, sequence: 17 }],
    ['0-0', { epoch: 0, sequence: 0 }],
    ['4294967295-281474976710655', { epoch: 2 ** 32 - 1, sequence: 2 ** 48 - 1 }],
  ])('%s is read and written', (text, id) => {
    expect(parseItemId(text)).toEqual(id);
    expect(formatItemId(id)).toBe(text);
  });

  it.each([
    '',
    '3',
    '3-',
    '-3',
    '3-17-1',
    '03-17',
    '3-017',
    ' 3-17',
    '3-17\n',
    '+3-1',
    '4294967296-1',
    '1-281474976710656',
    'a-b',
  ])('%j is none', (text) => {
    expect(parseItemId(text)).toBeUndefined();
  });
});
