import type { SettingEntry } from './read-settings.ts';
import { environmentName } from './setting-declaration.ts';

const PREFIX = 'KDMQ_';

/** Variables that say where the other sources are. */
export const CONFIG_FILE_VARIABLE = 'KDMQ_CONFIG';
export const CONFIG_DIRECTORY_VARIABLE = 'KDMQ_CONFIG_DIR';

/** Variables by which commands find a running node: they say nothing to a node itself. */
const COMMAND_VARIABLES: readonly string[] = ['KDMQ_URL', 'KDMQ_TOKEN', 'KDMQ_TOKEN_FILE'];

/** `KDMQ_MQUEUE_CALLS` defines the queue `calls`, unless it is the name of a setting. */
const QUEUE_PREFIX = 'KDMQ_MQUEUE_';

/**
 * The settings in the environment: each `KDMQ_…` variable, save those that name the sources, those of the commands and those that Kubernetes
 * sets for a service called kdmq (or kdmq-…) in each pod of its namespace. Single queues come last: they are laid over `KDMQ_MQUEUE`.
 */
export function environmentEntries(
  environment: Readonly<Record<string, string | undefined>>,
  settings: readonly string[],
): SettingEntry[] {
  const known = new Map(settings.map((setting) => [environmentName(setting), setting]));
  const entries: SettingEntry[] = [];
  const queues: SettingEntry[] = [];
  for (const [name, raw] of Object.entries(environment)) {
    if (raw === undefined || !name.startsWith(PREFIX)) continue;
    if (name === CONFIG_FILE_VARIABLE || name === CONFIG_DIRECTORY_VARIABLE) continue;
    if (COMMAND_VARIABLES.includes(name)) continue;
    const setting = known.get(name);
    if (setting === undefined && isServiceVariable(name, raw)) continue;
    const origin = { kind: 'variable', name } as const;
    const queue = name.startsWith(QUEUE_PREFIX) ? name.slice(QUEUE_PREFIX.length).toLowerCase() : '';
    if (setting === undefined && queue !== '') queues.push({ setting: 'mqueue', part: queue, raw, origin });
    else entries.push({ setting: setting ?? name, raw, origin });
  }
  // The order of an environment says nothing; queues shall stand in the same order at each start.
  queues.sort(({ part: a = '' }, { part: b = '' }) => (a < b ? -1 : 1));
  return [...entries, ...queues];
}

/** What the kubelet writes for a service, name and value: both must fit, so that a typing mistake is not taken for it. */
const SERVICE_VARIABLES: readonly (readonly [name: RegExp, value: RegExp])[] = [
  [/_SERVICE_HOST$/, /^[0-9a-f.:]+$/i],
  [/_SERVICE_PORT(?:_[A-Z0-9_]+)?$/, /^[0-9]+$/],
  [/_PORT(?:_[0-9]+_(?:UDP|TCP|SCTP))?$/, /^(?:udp|tcp|sctp):\/\//],
  [/_PORT_[0-9]+_(?:UDP|TCP|SCTP)_PROTO$/, /^(?:udp|tcp|sctp)$/],
  [/_PORT_[0-9]+_(?:UDP|TCP|SCTP)_PORT$/, /^[0-9]+$/],
  [/_PORT_[0-9]+_(?:UDP|TCP|SCTP)_ADDR$/, /^[0-9a-f.:]+$/i],
];

function isServiceVariable(name: string, value: string): boolean {
  return SERVICE_VARIABLES.some(([names, values]) => names.test(name) && values.test(value));
}
