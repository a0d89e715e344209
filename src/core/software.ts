import type { NodeKind } from './node-record.ts';

/** What runs at the other side, by its User-Agent or Server header. Kamailio's first word can be configured away: then it is `other`. */
export function kindOfSoftware(header: string | undefined): NodeKind {
  if (header === undefined) return 'other';
  const name = header.toLowerCase();
  if (name.startsWith('kdmq/')) return 'kdmq';
  return name.startsWith('kamailio') ? 'kamailio' : 'other';
}
