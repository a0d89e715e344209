/** An address as the kernel tells it, with IPv4 that came over a dual-stack socket (`::ffff:a.b.c.d`) as plain IPv4. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
