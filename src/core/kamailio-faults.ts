import { isIpAddress } from './ip-address.ts';
import { kamailioListBytes, lineBytes, reservedBytes } from './kamailio-list.ts';
import type { NodeUri } from './node-uri.ts';

/** What is known to go wrong at a Kamailio of some version with what stands on its bus (docs/interop.md), in words with the way out. */
export function kamailioFaults(software: string, holds: readonly NodeUri[]): readonly string[] {
  const faults: string[] = [];
  const bytes = holds.reduce((sum, uri) => sum + lineBytes(uri), 0);
  if (bytes > kamailioListBytes - reservedBytes) {
    faults.push(
      `its list takes ${bytes} of the ${kamailioListBytes} bytes that a Kamailio has for it: with more nodes it answers no notification any more. Take Kamailio nodes off the bus; nodes of ours hold back by themselves`,
    );
  }
  const major = Number(/kamailio \((\d+)\./i.exec(software)?.[1] ?? 0);
  const hosts = holds.map(({ host }) => host);
  const doubled = [...new Set(hosts.filter((host, index) => hosts.indexOf(host) !== index))];
  if (major >= 6 && doubled.length > 0) {
    faults.push(
      `${doubled.join(', ')} stands in its list twice, and it knows one node per IP address: give each node an address of its own`,
    );
  }
  const names = [...new Set(hosts.filter((host) => !isIpAddress(host)))];
  if (names.length > 0) {
    faults.push(
      `${names.join(', ')} in its list is a name, which every Kamailio looks up while its list is locked: let that node announce its IP address (server_address)`,
    );
  }
  return faults;
}
