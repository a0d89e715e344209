import type { LeaseRecord } from '../../core/kubernetes/lease-record.ts';
import { field, textField, timeField } from './json-fields.ts';

/** What counts of a Lease. */
export function readLease(object: unknown): LeaseRecord | undefined {
  const version = textField(field(object, 'metadata'), 'resourceVersion');
  const spec = field(object, 'spec');
  if (version === undefined) return undefined;
  const [seconds, transitions] = [field(spec, 'leaseDurationSeconds'), field(spec, 'leaseTransitions')];
  return {
    version,
    holder: textField(spec, 'holderIdentity') ?? '',
    durationMs: typeof seconds === 'number' ? seconds * 1_000 : 0,
    acquiredAt: timeField(spec, 'acquireTime') ?? 0,
    transitions: typeof transitions === 'number' ? transitions : 0,
  };
}
