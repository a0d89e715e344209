import type { Origin } from '../../core/settings/read-settings.ts';
import type { Settings } from '../../core/settings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { QueueStore } from '../../ports/queue-store.ts';
import type { Random } from '../../ports/random.ts';
import type { Log } from '../../ports/telemetry.ts';

/** What a `kdmq queue` command works with. */
export interface QueueContext {
  readonly settings: Settings;
  /** Where the setting `partition` comes from. */
  readonly partitionOrigin: Origin;
  /** Open. */
  readonly store: QueueStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}
