import { describe, expect, it } from 'vitest';
import { admissionRanges, admits } from '../../src/core/admission.ts';
import type { Admission } from '../../src/core/settings.ts';

const cidr: Admission = { kind: 'cidr', ranges: ['198.51.100.0/24', '2001:db8::/32'] };

interface Row {
  readonly admission: Admission;
  readonly address: string;
  readonly known?: true;
  readonly admitted: boolean;
}

const rows: readonly Row[] = [
  { admission: { kind: 'private' }, address: '10.1.2.3', admitted: true },
  { admission: { kind: 'private' }, address: 'fd00::1', admitted: true },
  { admission: { kind: 'private' }, address: '::ffff:192.168.1.1', admitted: true },
  { admission: { kind: 'private' }, address: '8.8.8.8', admitted: false },
  { admission: { kind: 'private' }, address: '2a00::1', admitted: false },
  { admission: { kind: 'private' }, address: '8.8.8.8', known: true, admitted: true },
  { admission: { kind: 'known' }, address: '10.1.2.3', admitted: false },
  { admission: { kind: 'known' }, address: '10.1.2.3', known: true, admitted: true },
  { admission: { kind: 'open' }, address: '8.8.8.8', admitted: true },
  { admission: cidr, address: '198.51.100.7', admitted: true },
  { admission: cidr, address: '2001:db8::7', admitted: true },
  { admission: cidr, address: '10.1.2.3', admitted: false },
  { admission: cidr, address: '10.1.2.3', known: true, admitted: true },
];

describe('a sender takes part in the bus', () => {
  it.each(rows)('$admission.kind, $address, known: $known → $admitted', ({ admission, address, known, admitted }) => {
    expect(admits(admission, admissionRanges(admission), address, known ?? false)).toBe(admitted);
  });

  it('a range that can’t be read lets nobody in', () => {
    expect(admissionRanges({ kind: 'cidr', ranges: ['10.0.0.0/99'] })).toEqual([]);
  });
});
