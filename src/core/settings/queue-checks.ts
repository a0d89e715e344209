import { deadLetterProblems } from '../mqueue/dead-letter-problems.ts';
import { DB_MODES } from '../mqueue/mqueue-definition.ts';
import type { Settings } from '../settings.ts';
import { mqueueDetail } from './mqueue-format.ts';
import { originOf, type SettingProblem, type SettingReading } from './read-settings.ts';

type QueueSettings = Pick<
  Settings,
  | 'mqueue'
  | 'db_url'
  | 'db_username'
  | 'db_password'
  | 'db_tls_ca_list'
  | 'db_tls_certificate'
  | 'db_tls_private_key'
  | 'db_tls_server_name'
  | 'db_replicas'
>;
type Readings = ReadonlyMap<string, SettingReading>;

/** What `kdmq config` prints in place of a password. */
const HIDDEN = '(hidden)';

/** What the settings of queues say against each other. */
export function queueProblems(settings: QueueSettings, readings: Readings): readonly SettingProblem[] {
  return [
    ...deadLetters(settings, readings),
    ...passwordProblems(settings, readings),
    ...tlsProblems(settings, readings),
    ...replicaProblems(settings, readings),
  ];
}

/** What is allowed, and should be said once at start. */
export function queueNotes(settings: QueueSettings): readonly string[] {
  const { mqueue, db_url, db_username, db_password } = settings;
  const turned = mqueue.filter(({ dbMode }) => dbMode === 'save' || dbMode === 'load');
  const notes: string[] = [];
  if (turned.length > 0) {
    const which = turned.map(({ name, dbMode }) => `${name} has ${DB_MODES[dbMode]} (${dbMode})`).join(', ');
    notes.push(
      `dbmode: ${which}; here 2 (save) is written at stop and not read at start, 3 (load) is read and not written. Kamailio's code has these two numbers the other way round`,
    );
  }
  const credentials = db_username !== undefined || db_password !== undefined;
  if (credentials && (db_url === undefined || db_url.kind === 'file')) {
    notes.push('db_username and db_password have no effect: db_url names no Redis, queues are kept in files');
  }
  return notes;
}

function deadLetters({ mqueue }: QueueSettings, readings: Readings): readonly SettingProblem[] {
  return deadLetterProblems(mqueue).map((problem) => {
    const origin = originOf(readings, 'mqueue', problem.queue.replace(/^queue /, ''));
    return { setting: 'mqueue', origin, ...mqueueDetail(problem) };
  });
}

/** A configuration that `kdmq config` printed is not a mistake to be noticed by a wrong password only. */
function passwordProblems({ db_url, db_password }: QueueSettings, readings: Readings): readonly SettingProblem[] {
  const inUrl = db_url?.kind === 'file' ? undefined : db_url?.password;
  const at = (setting: string): SettingProblem => ({
    setting,
    origin: originOf(readings, setting),
    shown: undefined,
    problem: `holds ${HIDDEN} as its password, which is printed in place of one`,
    expected: 'the password itself, best in db_password_file',
  });
  return [...(inUrl === HIDDEN ? [at('db_url')] : []), ...(db_password === HIDDEN ? [at('db_password')] : [])];
}

const TLS_SETTINGS = ['db_tls_ca_list', 'db_tls_certificate', 'db_tls_private_key', 'db_tls_server_name'] as const;

function tlsProblems(settings: QueueSettings, readings: Readings): readonly SettingProblem[] {
  const { db_url, db_tls_certificate: certificate, db_tls_private_key: key } = settings;
  const at = (setting: string, problem: string, expected: string): SettingProblem => ({
    setting,
    origin: originOf(readings, setting),
    shown: undefined,
    problem,
    expected,
  });
  const problems: SettingProblem[] = [];
  if (db_url === undefined || db_url.kind === 'file' || !db_url.tls) {
    const why = db_url === undefined ? 'db_url is not set' : 'db_url is one without TLS';
    const used = TLS_SETTINGS.filter((setting) => settings[setting] !== undefined);
    problems.push(...used.map((setting) => at(setting, `is set, and ${why}`, 'a db_url that begins with rediss')));
  }
  if ((certificate === undefined) !== (key === undefined)) {
    const missing = certificate === undefined ? 'db_tls_certificate' : 'db_tls_private_key';
    problems.push(at(missing, 'is not set: certificate and key go together', 'the path of a file in PEM format'));
  }
  return problems;
}

function replicaProblems({ db_url, db_replicas }: QueueSettings, readings: Readings): readonly SettingProblem[] {
  if (db_replicas === 0 || (db_url !== undefined && db_url.kind !== 'file')) return [];
  const problem = 'replicas can not be had from files, and db_url names no Redis';
  const expected = 'a db_url of a Redis with replicas, or 0';
  return [
    {
      setting: 'db_replicas',
      origin: originOf(readings, 'db_replicas'),
      shown: String(db_replicas),
      problem,
      expected,
    },
  ];
}
