import { count, inUnits } from '../words.ts';
import type { Finding } from './finding.ts';

/** How the clock of somebody else stands to the one here. */
export interface ClockReading {
  /** Whose it is. */
  readonly whose: string;
  /** How far it is ahead; negative when it is behind. Milliseconds. */
  readonly aheadMs: number;
  /** How wrong that may be. */
  readonly errorMs: number;
}

const check = 'clock';
const DOUBTFUL_MS = 1_000;
const WRONG_MS = 60_000;

const NEXT =
  'Delays and the ttl of stored items, their age in metrics, and the validity of certificates go by the clock of the machine: a node that takes items of another one gives them out too early or too late, and TLS fails. Keep all machines to one time (chrony or systemd-timesyncd; timedatectl shows whether it is synchronized).';

/** What there is to say of the clock here. */
export function clockFindings(readings: readonly ClockReading[]): readonly Finding[] {
  if (readings.length === 0) return [{ check, level: 'ok', what: 'there is nobody to compare the clock with' }];
  const wrong = readings.flatMap(({ whose, aheadMs, errorMs }): Finding[] => {
    const least = Math.abs(aheadMs) - errorMs;
    if (least <= DOUBTFUL_MS) return [];
    const what = `the clock of ${whose} is ${inUnits(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} the one here`;
    return [{ check, level: least > WRONG_MS ? 'error' : 'warning', what, next: NEXT }];
  });
  if (wrong.length > 0) return wrong;
  return [{ check, level: 'ok', what: `the clock agrees with ${count(readings.length, 'other')}` }];
}
