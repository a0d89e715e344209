import type { NodeUri } from '../../core/node-uri.ts';
import type { Settings } from '../../core/settings.ts';
import { DnsResolver } from '../../edges/dns/dns-resolver.ts';
import { SystemClock } from '../../edges/system/system-clock.ts';
import { count } from '../words.ts';
import type { Finding } from './finding.ts';

const RESOLVE_MS = 5_000;

/** What the notification addresses lead to, as a node asks for them. */
export async function checkNames(
  settings: Settings,
  signal: AbortSignal,
): Promise<{ readonly findings: readonly Finding[]; readonly nodes: readonly NodeUri[] }> {
  const { notification_address, multi_notify, resolv_conf } = settings;
  const resolver = new DnsResolver({ clock: new SystemClock(), resolvConfPath: resolv_conf });
  const findings: Finding[] = [];
  const found: NodeUri[] = [];
  try {
    for (const address of notification_address) {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(RESOLVE_MS)]);
      const { nodes, errors } = await resolver.resolve(address, multi_notify, deadline);
      found.push(...nodes);
      const trouble = errors.length === 0 ? '' : ` (${errors.join('; ')})`;
      const what = `${address.host} leads to ${count(nodes.length, 'address', 'addresses')}${trouble}`;
      if (nodes.length === 0) {
        const next = `Is the name right, and do the name servers of ${resolv_conf} answer from here? In Kubernetes a headless service names only pods that are ready, unless publishNotReadyAddresses is set.`;
        findings.push({ check: 'names', level: 'error', what, next });
      } else if (trouble === '') findings.push({ check: 'names', level: 'ok', what });
      else {
        const next = `What did not answer may name more nodes: ask it with dig, and look at the name servers of ${resolv_conf}.`;
        findings.push({ check: 'names', level: 'warning', what, next });
      }
    }
    return { findings, nodes: found };
  } finally {
    resolver.close();
  }
}
