import { type AddressRange, inRanges, isPrivateAddress, parseRange } from './address-ranges.ts';
import type { Admission } from './settings.ts';

/**
 * Whether a sender may take part in the bus. A known node (in the list, in DNS, configured) always may; of strangers `private` lets in
 * those whose address can't be routed on the internet, `cidr` those of its ranges, `open` all, `known` none.
 */
export function admits(
  admission: Admission,
  ranges: readonly AddressRange[],
  address: string,
  known: boolean,
): boolean {
  if (known) return true;
  switch (admission.kind) {
    case 'open':
      return true;
    case 'known':
      return false;
    case 'private':
      return isPrivateAddress(address);
    case 'cidr':
      return inRanges(address, ranges);
  }
}

/** The ranges of `cidr` admission, read once. What can't be read was refused when the settings were. */
export function admissionRanges(admission: Admission): AddressRange[] {
  if (admission.kind !== 'cidr') return [];
  const ranges: AddressRange[] = [];
  for (const text of admission.ranges) {
    const reading = parseRange(text);
    if (reading.ok) ranges.push(reading.range);
  }
  return ranges;
}
