import type { NodeKind } from './node-record.ts';

/** What runs at the other side, by its User-Agent or Server header. Kamailio's first word can be configured away: then it is `other`. */
export function kindOfSoftware(header: string | undefined): NodeKind {
  if (header === undefined) return 'other';
  const name = header.toLowerCase();
  if (name.startsWith('kdmq/')) return 'kdmq';
  return name.startsWith('kamailio') ? 'kamailio' : 'other';
}

/** Whether it is a Kamailio that matches the nodes of its list by IP address alone: 6.1 does, 5.6 looks at the port too. */
export function knowsNodesByHost(software: string): boolean {
  const [, major] = /^kamailio \((\d+)\./i.exec(software) ?? [];
  return major !== undefined && Number(major) >= 6;
}
