import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeOrigin, describeProblem } from '../../../src/core/settings/describe-problem.ts';
import { ConfigError } from '../../../src/edges/config/config-error.ts';
import { loadSettings } from '../../../src/edges/config/load-settings.ts';
import { findSources, readSources, type StartInput } from '../../../src/edges/config/setting-sources.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kdmq-config-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** Writes files below the directory of the test; gives the path of the first. */
function files(contents: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [name, content] of Object.entries(contents)) {
    mkdirSync(join(directory, name, '..'), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return join(directory, Object.keys(contents)[0] ?? '');
}

const input = (parts: Partial<StartInput> = {}): StartInput => ({ environment: {}, flags: [], ...parts });
const usual = () => ({ file: join(directory, 'config.yaml'), directory: join(directory, 'conf.d') });

async function found(parts: Partial<StartInput>) {
  const { entries, problems } = await readSources(await findSources(input(parts), usual()));
  return {
    values: entries.map(({ setting, raw, origin }) => [
      setting,
      raw,
      describeOrigin(origin).replace(`${directory}/`, ''),
    ]),
    problems: problems.map((problem) => describeProblem(problem).replace(`${directory}/`, '')),
  };
}

describe('the file', () => {
  it('is YAML, each setting with its line', async () => {
    const configFile = files({ 'a.yaml': '# ours\nping_interval: 5\n\nlisten:\n  - udp:*:5060\nmulti_notify: on\n' });
    expect(await found({ configFile })).toEqual({
      values: [
        ['ping_interval', 5, 'a.yaml line 2'],
        ['listen', ['udp:*:5060'], 'a.yaml line 4'],
        ['multi_notify', 'on', 'a.yaml line 6'],
      ],
      problems: [],
    });
  });

  it('or JSON', async () => {
    const configFile = files({ 'a.json': '{\n  "ping_interval": 5,\n  "remove_inactive": false\n}' });
    expect((await found({ configFile })).values).toEqual([
      ['ping_interval', 5, 'a.json line 2'],
      ['remove_inactive', false, 'a.json line 3'],
    ]);
  });

  it.each([
    ['nothing', ''],
    ['only a comment', '# nothing set\n'],
    ['an empty map', '{}'],
    ['an empty document', '---\n'],
  ])('may hold %s', async (_, text) => {
    expect(await found({ configFile: files({ 'a.yaml': text }) })).toEqual({ values: [], problems: [] });
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['a list', '- ping_interval: 5', /^a\.yaml line 1: is not a map of settings; expected/],
    ['a text', 'ping_interval=5', /^a\.yaml line 1: is not a map of settings/],
    ['broken YAML', 'ping_interval: 5\nlisten: [udp:*:5060\n', /^a\.yaml line \d+: is not YAML: /],
    ['tabs', 'a:\n\tb: 1\n', /^a\.yaml line \d+: is not YAML: /],
    [
      'a line that is indented too far',
      'ping_interval: 5\n  num_workers: 3\nlisten: udp:*:5060\n',
      /^a\.yaml line 2: is not YAML: the line is indented as part of the one above, which has its value already$/,
    ],
    [
      'a line that is indented too far under a text of several lines',
      'notification_address: sip:a\n  sip:b\n  num_workers: 3\n',
      /^a\.yaml line 3: is not YAML: the line is indented/,
    ],
    [
      'a setting twice',
      'ping_interval: 5\nping_interval: 6\n',
      /^a\.yaml line 2: is not YAML: Map keys must be unique/,
    ],
    ['an unknown alias', 'ping_interval: *x\n', /^a\.yaml line 1: is not YAML: /],
    ['two documents', 'ping_interval: 5\n---\nping_interval: 6\n', /^a\.yaml line \d+: is not YAML: /],
    ['keys that are no names', '5: 6\n', /^a\.yaml line 1: has the key 5, which is not the name of a setting/],
    ['bytes that are no text', new Uint8Array([0x61, 0xff]), /^a\.yaml: is not UTF-8 text/],
    ['far too much', 'x'.repeat(2_000_000), /^a\.yaml: is longer than 1048576 bytes/],
  ])('with %s is refused', async (_, text, problem) => {
    expect((await found({ configFile: files({ 'a.yaml': text }) })).problems).toEqual([expect.stringMatching(problem)]);
  });

  it('does not blow up over aliases of aliases', async () => {
    const levels = Array.from({ length: 12 }, (_, i) => `a${i}: &a${i} [${i === 0 ? 'x' : `*a${i - 1}, `.repeat(9)}]`);
    const started = performance.now();
    const { problems } = await found({ configFile: files({ 'a.yaml': `${levels.join('\n')}\n` }) });
    expect(problems).not.toEqual([]);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('must be there when it is named', async () => {
    expect((await found({ configFile: join(directory, 'none.yaml') })).problems).toEqual([
      'none.yaml: does not exist (--config)',
    ]);
    expect((await found({ environment: { KDMQ_CONFIG: directory } })).problems).toEqual([
      `${directory}: is a directory, not a file (KDMQ_CONFIG)`,
    ]);
  });

  it('in the usual place is taken when it is there', async () => {
    expect((await found({})).values).toEqual([]);
    files({ 'config.yaml': 'ping_interval: 5\n' });
    expect((await found({})).values).toEqual([['ping_interval', 5, 'config.yaml line 1']]);
  });

  it('named by a flag goes before the one named by the environment, and that before the usual one', async () => {
    const flagFile = files({ 'flag.yaml': '', 'environment.yaml': '', 'config.yaml': '' });
    const environment = { KDMQ_CONFIG: join(directory, 'environment.yaml') };
    const file = async (parts: Partial<StartInput>) => (await findSources(input(parts), usual())).file;
    expect(await file({ configFile: flagFile, environment })).toBe(flagFile);
    expect(await file({ environment })).toBe(environment.KDMQ_CONFIG);
    expect(await file({ environment: { KDMQ_CONFIG: '' } })).toBe(usual().file);
  });
});

describe('the directory', () => {
  it('is read as Kubernetes mounts it: links followed, ..data left out, one line break dropped', async () => {
    files({ 'conf.d/..2026/ping_interval': '5\n', 'conf.d/..2026/listen': 'udp:*:5060\ntcp:*:5060\n' });
    symlinkSync('..2026', join(directory, 'conf.d/..data'));
    symlinkSync('..data/ping_interval', join(directory, 'conf.d/ping_interval'));
    symlinkSync('..data/listen', join(directory, 'conf.d/listen'));
    expect(await found({})).toEqual({
      values: [
        ['listen', 'udp:*:5060\ntcp:*:5060', 'conf.d/listen'],
        ['ping_interval', '5', 'conf.d/ping_interval'],
      ],
      problems: [],
    });
  });

  it('names what can not be read', async () => {
    files({ 'conf.d/sub/file': '', 'conf.d/bytes': new Uint8Array([0xff]) });
    symlinkSync('nowhere', join(directory, 'conf.d/listen'));
    expect((await found({})).problems).toEqual([
      'conf.d/bytes: is not UTF-8 text',
      'conf.d/listen: does not exist',
      'conf.d/sub: is a directory, not a file',
    ]);
  });

  it('must be there when it is named', async () => {
    expect((await found({ configDirectory: join(directory, 'none') })).problems).toEqual([
      'none: does not exist (--config-dir)',
    ]);
  });
});

describe('the sources together', () => {
  it('win in the order file, directory, environment, command line', async () => {
    files({
      'config.yaml': 'ping_interval: 2\nprobe_interval: 2\nnum_workers: 2\nworker_queue: 2\n',
      'conf.d/probe_interval': '3',
      'conf.d/num_workers': '3',
      'conf.d/worker_queue': '3',
    });
    const flags = [{ setting: 'worker_queue', raw: '5', origin: { kind: 'flag', name: '--worker-queue' } as const }];
    const environment = { POD_IP: '10.0.0.1', KDMQ_NUM_WORKERS: '4', KDMQ_WORKER_QUEUE: '4', KDMQ_LISTEN: '' };
    const { settings, origins } = await loadSettings(await findSources(input({ environment, flags }), usual()));
    expect(settings).toMatchObject({
      ping_interval: 2,
      probe_interval: 3,
      num_workers: 4,
      worker_queue: 5,
      shutdown_grace: 10,
    });
    const source = (name: string) =>
      describeOrigin(origins.get(name) ?? { kind: 'default' }).replace(`${directory}/`, '');
    expect(
      [
        'ping_interval',
        'probe_interval',
        'num_workers',
        'worker_queue',
        'shutdown_grace',
        'server_address',
        'listen',
      ].map(source),
    ).toEqual([
      'config.yaml line 1',
      'conf.d/probe_interval',
      'KDMQ_NUM_WORKERS',
      '--worker-queue',
      'default',
      'from POD_IP',
      'from server_address',
    ]);
  });

  it('are all named in one error', async () => {
    files({ 'config.yaml': 'ping_interval: 0\n', 'conf.d/probe_interval': 'x' });
    const environment = { KDMQ_NUM_WORKERS: '0', KDMQ_SERVER_ADDRESS: 'sip:0.0.0.0' };
    const flags = [{ setting: 'worker_queue', raw: '', origin: { kind: 'flag', name: '--worker-queue' } as const }];
    const loading = loadSettings(await findSources(input({ environment, flags }), usual()));
    await expect(loading).rejects.toBeInstanceOf(ConfigError);
    const error = (await loading.catch((reason: unknown) => reason)) as ConfigError;
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.problems.map(({ setting }) => setting)).toEqual([
      'ping_interval',
      'probe_interval',
      'num_workers',
      'server_address',
      'worker_queue',
    ]);
  });
});
