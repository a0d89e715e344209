import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeOrigin } from '../../../src/core/settings/describe-problem.ts';
import { ConfigError } from '../../../src/edges/config/config-error.ts';
import { loadSettings } from '../../../src/edges/config/load-settings.ts';
import { parseSettings } from '../../../src/edges/config/parse-settings.ts';
import { findSources, type StartInput } from '../../../src/edges/config/setting-sources.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kdmq-load-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

async function load({ environment = {}, flags = [] }: Partial<StartInput> = {}) {
  const usual = { file: join(directory, 'config.yaml'), directory: join(directory, 'conf.d') };
  const input = { environment: { POD_IP: '10.0.0.1', ...environment }, flags };
  const { settings, origins, notes } = await loadSettings(await findSources(input, usual));
  const sourceOf = (name: string) =>
    describeOrigin(origins.get(name) ?? { kind: 'default' }).replaceAll(`${directory}/`, '');
  return { settings, sourceOf, notes };
}

async function mistakes(input?: Partial<StartInput>): Promise<string[]> {
  const error: unknown = await load(input).catch((reason: unknown) => reason);
  if (!(error instanceof ConfigError)) throw new Error('there was no mistake');
  return error.lines.map((line) => line.replaceAll(`${directory}/`, ''));
}

const mqueueFlag = (...raw: string[]) => ({
  setting: 'mqueue',
  raw,
  origin: { kind: 'flag', name: '--mqueue' } as const,
});

describe('a file that is not YAML', () => {
  it('is the only mistake: what stands in it is not called missing', async () => {
    file('config.yaml', 'server_address: sip:10.0.0.1:5060\n\tping_interval: 5\n');
    const found = await mistakes({ environment: { POD_IP: '' } });
    expect(found.every((line) => line.includes('is not YAML'))).toBe(true);
  });
});

describe('queues', () => {
  const FILE = `
mqueue:
  - name=a;size=1
  - { name: b, dbmode: both, lease_ms: 1000, max_deliveries: 3, dead_letter: dlq }
`;

  it('come from the file, and single ones from the environment', async () => {
    file('config.yaml', FILE);
    const environment = { KDMQ_MQUEUE_DLQ: 'size=9', KDMQ_MQUEUE_A: 'size=2', KDMQ_MQUEUE_ADOPT: 'on' };
    const { settings, sourceOf } = await load({ environment });
    expect(settings.mqueue.map(({ name, size }) => [name, size])).toEqual([
      ['a', 2],
      ['b', 0],
      ['dlq', 9],
    ]);
    expect(settings.mqueue_adopt).toBe(true);
    expect(sourceOf('mqueue')).toBe('KDMQ_MQUEUE_A, config.yaml line 2 and KDMQ_MQUEUE_DLQ');
  });

  it('come from the directory instead of the file', async () => {
    file('config.yaml', FILE);
    file('conf.d/mqueue', 'name=c;size=3;\nname=d;size=4;\n');
    const { settings, sourceOf } = await load();
    expect(settings.mqueue.map(({ name }) => name)).toEqual(['c', 'd']);
    expect(sourceOf('mqueue')).toBe('conf.d/mqueue');
  });

  it('come from the command line instead of all others', async () => {
    file('config.yaml', FILE);
    const environment = { KDMQ_MQUEUE: 'name=c', KDMQ_MQUEUE_D: 'size=1' };
    const { settings, sourceOf } = await load({ environment, flags: [mqueueFlag('name=x;size=1', 'name=y name=z')] });
    expect(settings.mqueue.map(({ name }) => name)).toEqual(['x', 'y', 'z']);
    expect(sourceOf('mqueue')).toBe('--mqueue');
  });

  it('are looked at together when all sources are read', async () => {
    file('config.yaml', FILE);
    expect(await mistakes({ environment: { KDMQ_MQUEUE_DQL: 'size=1' } })).toEqual([
      'mqueue: queue b: dead_letter "dlq" is no queue (config.yaml line 2); expected dql, if that was meant',
    ]);
  });

  it('are looked at together also when one of them is wrong', async () => {
    file('config.yaml', FILE);
    expect(await mistakes({ environment: { KDMQ_MQUEUE_A: 'size=x' } })).toEqual([
      'mqueue: queue a: size "x" is not a number (KDMQ_MQUEUE_A); expected a whole number of items from 0 to 1000000000',
      expect.stringMatching(/^mqueue: queue b: dead_letter "dlq" is no queue/),
    ]);
  });

  it('say once that two numbers of dbmode are the other way round in Kamailio', async () => {
    const { notes } = await load({ environment: { KDMQ_MQUEUE: 'name=a;dbmode=2 name=b;dbmode=3' } });
    expect(notes.filter((note) => note.includes('dbmode'))).toHaveLength(1);
  });

  it('are given to a program as maps or texts', () => {
    const { mqueue, partition } = parseSettings({
      server_address: 'sip:10.0.0.1',
      mqueue: [{ name: 'a', size: 3 }, 'name=b;dbmode=1'],
    });
    expect(mqueue.map(({ name, size, dbMode }) => [name, size, dbMode])).toEqual([
      ['a', 3, 'none'],
      ['b', 0, 'both'],
    ]);
    expect(partition).toBe(hostname());
  });
});

describe('partition', () => {
  it('is the ordinal of the pod, or what HOSTNAME says, or the name of the host', async () => {
    const found = async (environment: Record<string, string>) => {
      const { settings, sourceOf } = await load({ environment });
      return [settings.partition, sourceOf('partition')];
    };
    expect(await found({ POD_NAME: 'kdmq-4', HOSTNAME: 'kdmq-4' })).toEqual(['4', 'from POD_NAME']);
    expect(await found({ HOSTNAME: 'kdmq-4' })).toEqual(['kdmq-4', 'from HOSTNAME']);
    expect(await found({})).toEqual([hostname(), 'from the name of the host']);
    expect(await found({ POD_NAME: 'kdmq-4', KDMQ_PARTITION: 'edge' })).toEqual(['edge', 'KDMQ_PARTITION']);
  });
});

describe('db_password_file', () => {
  const using = (path: string, more: Record<string, string> = {}) => ({
    environment: { KDMQ_DB_URL: 'redis://localhost', KDMQ_DB_PASSWORD_FILE: path, ...more },
  });

  it.each([
    ['hunter2\n', 'hunter2'],
    ['hunter2\r\n', 'hunter2'],
    ['hunter2', 'hunter2'],
    [' hünter 2 \n', ' hünter 2 '],
  ])('with %j holds the password %j', async (content, password) => {
    const { settings, sourceOf } = await load(using(file('secret', content)));
    expect(settings.db_password).toBe(password);
    expect(sourceOf('db_password')).toBe('from db_password_file');
    expect(sourceOf('db_password_file')).toBe('KDMQ_DB_PASSWORD_FILE');
  });

  it.each<[string, (path: string) => unknown, string]>([
    ['is not there', () => {}, 'does not exist'],
    ['is a directory', (path) => mkdirSync(path), 'is a directory, not a file'],
    ['is empty', (path) => writeFileSync(path, '\n'), 'is empty'],
    [
      'has two lines',
      (path) => writeFileSync(path, 'hunter2\nhunter3\n'),
      'holds a line break or another control character',
    ],
    ['is no text', (path) => writeFileSync(path, new Uint8Array([0xff])), 'is not UTF-8 text'],
    ['is far too long', (path) => writeFileSync(path, 'x'.repeat(5000)), 'is longer than 4096 bytes'],
  ])('that %s is an error that names it', async (_, make, problem) => {
    make(join(directory, 'secret'));
    expect(await mistakes(using(join(directory, 'secret')))).toEqual([
      `db_password_file: "secret" ${problem} (KDMQ_DB_PASSWORD_FILE); expected a file that holds the password in one line, and no db_password beside it`,
    ]);
  });

  it('does not go with db_password', async () => {
    const lines = await mistakes(using(file('secret', 'hunter2'), { KDMQ_DB_PASSWORD: 'hunter3' }));
    expect(lines).toEqual([expect.stringMatching(/^db_password_file: "secret" is set, and db_password too/)]);
    expect(lines.join()).not.toContain('hunter');
  });

  it('never shows its contents', async () => {
    const path = file('secret', 'hunter2\nhunter3');
    expect((await mistakes(using(path))).join()).not.toContain('hunter');
  });
});
