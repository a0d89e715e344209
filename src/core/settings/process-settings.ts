import { LOG_LEVELS } from '../log-level.ts';
import type { SettingGroup } from './setting-declaration.ts';
import { choice, seconds } from './setting-formats.ts';

/** The process around the node. */
export const processSettings = {
  shutdown_grace: {
    format: seconds({ min: 0, max: 3600, parts: true }),
    default: 10,
    doc: 'How long a stop may take: say goodbye, finish what is being handled, close. Below the grace period of the pod (30 in Kubernetes).',
    source: 'kdmq',
    secret: false,
    reloadable: true,
  },
  log_level: {
    format: choice(LOG_LEVELS),
    default: 'info',
    doc: 'The least important lines that are logged, from the start on; `kdmq log` changes it while the node runs.',
    source: 'kdmq',
    secret: false,
    reloadable: true,
  },
  log_format: {
    format: choice(['auto', 'json', 'pretty']),
    default: 'auto',
    doc: '`auto`: lines for people on a terminal, JSON otherwise.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
} satisfies SettingGroup<'shutdown_grace' | 'log_level' | 'log_format'>;
