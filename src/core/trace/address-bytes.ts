import { ipv4Value, ipv6Words } from '../ip-address.ts';

/** An address as it stands in packets: 4 bytes or 16, in network order. All zeros of IPv4 for what is no address. */
function addressBytes(address: string): Uint8Array {
  const words = ipv6Words(address);
  if (words !== undefined) return new Uint8Array(words.flatMap((word) => [word >> 8, word & 255]));
  const value = Math.max(0, ipv4Value(address, 0));
  return new Uint8Array([value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]);
}

/** Both ends in one family: where they differ, which only an address that is not known can cause, the other is all zeros. */
export function addressPair(source: string, destination: string): readonly [Uint8Array, Uint8Array] {
  const [from, to] = [addressBytes(source), addressBytes(destination)];
  if (from.length === to.length) return [from, to];
  const isUnknown = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
  return isUnknown(from) ? [new Uint8Array(to.length), to] : [from, new Uint8Array(from.length)];
}
