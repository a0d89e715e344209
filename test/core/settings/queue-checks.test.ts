import { describe, expect, it } from 'vitest';
import type { DbUrl } from '../../../src/core/mqueue/db-url.ts';
import { parseDbUrl } from '../../../src/core/mqueue/parse-db-url.ts';
import { readMqueueDefinitions } from '../../../src/core/mqueue/read-mqueue-definitions.ts';
import { completeSettings, type GivenSettings } from '../../../src/core/settings/complete-settings.ts';
import { describeProblem } from '../../../src/core/settings/describe-problem.ts';
import type { SettingReading } from '../../../src/core/settings/read-settings.ts';
import { SETTING_DECLARATIONS, SETTING_NAMES } from '../../../src/core/settings/setting-declarations.ts';

const defaults = Object.fromEntries(
  SETTING_NAMES.map((name) => [name, SETTING_DECLARATIONS[name].default]),
) as unknown as GivenSettings;
const node: Partial<GivenSettings> = {
  server_address: { host: '10.0.0.1', port: 5060, transport: 'udp' },
  notification_address: [{ host: 'a', port: undefined, transport: 'udp' }],
};
const environment = { POD_NAME: 'kdmq-2' };

function complete(given: Partial<GivenSettings>, readings: ReadonlyMap<string, SettingReading> = new Map()) {
  return completeSettings({ ...defaults, ...node, ...given }, readings, { environment, memoryLimit: 2 ** 30 });
}

const lines = (given: Partial<GivenSettings>) => complete(given).problems.map(describeProblem);
const notes = (given: Partial<GivenSettings>) => complete(given).notes;
const queues = (text: string) => readMqueueDefinitions(text).definitions;

function url(text: string): DbUrl {
  const reading = parseDbUrl(text);
  if (!reading.ok) throw new Error(reading.problem);
  return reading.value;
}

describe('what is derived for queues', () => {
  it('is the partition and the memory, where they are not given', () => {
    const { settings, derived } = complete({});
    expect(settings).toMatchObject({ partition: '2', mqueue_total_bytes: 2 ** 29 });
    expect(derived.get('partition')).toEqual({ kind: 'derived', from: 'POD_NAME' });
    expect(derived.get('mqueue_total_bytes')).toEqual({ kind: 'derived', from: "the container's memory limit" });
  });

  it('gives way to what is given', () => {
    const { settings, derived } = complete({ partition: 'edge', mqueue_total_bytes: 100_000 });
    expect(settings).toMatchObject({ partition: 'edge', mqueue_total_bytes: 100_000 });
    expect(['partition', 'mqueue_total_bytes'].map((name) => derived.has(name))).toEqual([false, false]);
  });

  it('has to be given where there is nothing to derive it from', () => {
    const { problems } = completeSettings({ ...defaults, ...node }, new Map(), { environment: {} });
    expect(problems.map(describeProblem)).toEqual([
      'partition: is not set, and there is neither POD_NAME nor a name of the host to make it of; expected 1 to 63 characters without blanks, { } : and /',
    ]);
  });
});

describe('dead letters', () => {
  it('must go to a queue of this node; who names the queue is said', () => {
    const mqueue = queues('name=a;lease_ms=1;max_deliveries=1;dead_letter=dql name=dlq');
    const origin = { kind: 'variable', name: 'KDMQ_MQUEUE_A' } as const;
    const several = { kind: 'several', origins: [origin] } as const;
    const readings = new Map([['mqueue', { value: mqueue, origin: several, parts: new Map([['a', origin]]) }]]);
    expect(complete({ mqueue }, readings).problems.map(describeProblem)).toEqual([
      'mqueue: queue a: dead_letter "dql" is no queue (KDMQ_MQUEUE_A); expected dlq, if that was meant',
    ]);
  });
});

describe('TLS towards Redis', () => {
  it.each(['rediss://h', 'rediss+sentinel://h/m', 'rediss+cluster://h'])('may be set up for %s', (text) => {
    expect(lines({ db_url: url(text), db_tls_ca_list: '/ca', db_tls_server_name: 'h' })).toEqual([]);
  });

  it.each(['redis://h', 'redis+sentinel://h/m', 'redis+cluster://h', 'unix:/s', 'file:/d'])(
    'is not had by %s, whatever is set: nobody shall believe it',
    (text) => {
      expect(lines({ db_url: url(text), db_tls_ca_list: '/ca' })).toEqual([
        'db_tls_ca_list: is set, and db_url is one without TLS; expected a db_url that begins with rediss',
      ]);
    },
  );

  it('needs a db_url', () => {
    expect(lines({ db_tls_server_name: 'h' })).toEqual([
      'db_tls_server_name: is set, and db_url is not set; expected a db_url that begins with rediss',
    ]);
  });

  it('takes certificate and key together', () => {
    const db_url = url('rediss://h');
    expect(lines({ db_url, db_tls_certificate: '/c' })).toEqual([
      'db_tls_private_key: is not set: certificate and key go together; expected the path of a file in PEM format',
    ]);
    expect(lines({ db_url, db_tls_private_key: '/k' })[0]).toMatch(/^db_tls_certificate: is not set/);
    expect(lines({ db_url, db_tls_certificate: '/c', db_tls_private_key: '/k' })).toEqual([]);
  });
});

describe('replicas', () => {
  it('are those of a Redis', () => {
    expect(lines({ db_url: url('redis+cluster://h'), db_replicas: 2 })).toEqual([]);
    expect(lines({ db_url: url('file:/d'), db_replicas: 2 })).toEqual([
      'db_replicas: 2 replicas can not be had from files, and db_url names no Redis; expected a db_url of a Redis with replicas, or 0',
    ]);
    expect(lines({ db_replicas: 1 })).toHaveLength(1);
  });
});

describe('passwords', () => {
  it('are not taken from what `kdmq config` printed in their place', () => {
    expect(lines({ db_url: url('redis://u:(hidden)@h'), db_password: '(hidden)' })).toEqual([
      'db_url: holds (hidden) as its password, which is printed in place of one; expected the password itself, best in db_password_file',
      'db_password: holds (hidden) as its password, which is printed in place of one; expected the password itself, best in db_password_file',
    ]);
  });

  it.each([undefined, 'file:/d'])('without a Redis are worth a note', (text) => {
    const db_url = text === undefined ? text : url(text);
    expect(notes({ db_url, db_password: 'x' })).toEqual([expect.stringContaining('have no effect')]);
    expect(notes({ db_url: url('redis://h'), db_password: 'x' })).toEqual([]);
  });
});

describe('dbmode 2 and 3', () => {
  it('are said once to be the other way round in Kamailio', () => {
    expect(notes({ mqueue: queues('name=a;dbmode=2 name=b;dbmode=1 name=c;dbmode=load') })).toEqual([
      "dbmode: a has 2 (save), c has 3 (load); here 2 (save) is written at stop and not read at start, 3 (load) is read and not written. Kamailio's code has these two numbers the other way round",
    ]);
  });

  it('are not mentioned where nobody uses them', () => {
    expect(notes({ mqueue: queues('name=a;dbmode=1 name=b;dbmode=0') })).toEqual([]);
  });
});
