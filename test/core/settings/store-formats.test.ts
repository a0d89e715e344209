import { describe, expect, it } from 'vitest';
import { byteQuantity } from '../../../src/core/settings/byte-format.ts';
import { dbUrlFormat } from '../../../src/core/settings/db-url-format.ts';
import { describeProblem } from '../../../src/core/settings/describe-problem.ts';
import { readSettings } from '../../../src/core/settings/read-settings.ts';
import { SETTING_DECLARATIONS } from '../../../src/core/settings/setting-declarations.ts';
import { clusterNameFormat, credential, partitionFormat } from '../../../src/core/settings/store-formats.ts';

describe('bytes', () => {
  const { read } = byteQuantity(64);

  it.each<[unknown, number]>([
    [64, 64],
    ['64', 64],
    [' 1k ', 1000],
    ['1K', 1000],
    ['2m', 2_000_000],
    ['3g', 3_000_000_000],
    ['1Ki', 1024],
    ['1ki', 1024],
    ['1KI', 1024],
    ['2Mi', 2_097_152],
    ['1Gi', 1_073_741_824],
    ['0.5Gi', 536_870_912],
  ])('reads %j as %i', (raw, value) => {
    expect(read(raw)).toEqual({ ok: true, value });
  });

  it.each<[unknown, string, string | undefined]>([
    [63, 'is below 64', undefined],
    ['-1', 'is not a number of bytes', undefined],
    [64.5, 'is not a whole number of bytes', undefined],
    ['1.0001k', 'is not a whole number of bytes', undefined],
    ['1MB', 'is not a number of bytes', '1M'],
    ['1 MiB', 'is not a number of bytes', '1Mi'],
    ['100 bytes', 'is not a number of bytes', '100'],
    ['1T', 'is not a number of bytes', undefined],
    ['', 'is not a number of bytes', undefined],
    [2 ** 60, 'is more than any machine has', undefined],
    [Number.NaN, 'is not a whole number of bytes', undefined],
    [true, 'is a boolean', undefined],
  ])('refuses %j', (raw, problem, suggestion) => {
    expect(read(raw)).toEqual({ ok: false, problem, ...(suggestion && { suggestion }) });
  });
});

describe('partitions', () => {
  it.each<[unknown, string]>([
    [0, '0'],
    [12, '12'],
    ['3', '3'],
    ['kdmq-7d9f8b6c5-x2x9z', 'kdmq-7d9f8b6c5-x2x9z'],
    ['Zürich.1', 'Zürich.1'],
    ['x'.repeat(63), 'x'.repeat(63)],
  ])('may be called %j', (raw, value) => {
    expect(partitionFormat.read(raw)).toEqual({ ok: true, value });
  });

  it.each(['', 'a b', 'a{b', 'a}b', 'a:b', 'a/b', 'a\nb', 'a\0b', '.', '..', 'x'.repeat(64), -1, 1.5, null, ['a']])(
    'may not be called %j',
    (raw) => {
      expect(partitionFormat.read(raw).ok).toBe(false);
    },
  );
});

describe('clusters', () => {
  it.each(['kdmq', 'a', 'edge-1.example'])('may be called %s', (raw) => {
    expect(clusterNameFormat.read(raw)).toEqual({ ok: true, value: raw });
  });

  it.each(['', 'a_b', 'a b', 'a:b', '{a}', 'x'.repeat(64), 5])('may not be called %j', (raw) => {
    expect(clusterNameFormat.read(raw).ok).toBe(false);
  });

  it('are told the lower case', () => {
    expect(clusterNameFormat.read('KDMQ')).toMatchObject({ ok: false, suggestion: 'kdmq' });
  });
});

describe('users and passwords', () => {
  const { read } = credential('password');

  it.each(['x', ' a b ', 'p@ss:w/rd%', 'ä€'])('may be %j', (raw) => {
    expect(read(raw)).toEqual({ ok: true, value: raw });
  });

  it.each(['', 'a\nb', 'a\0', 12345, true])('may not be %j', (raw) => {
    expect(read(raw).ok).toBe(false);
  });
});

describe('errors about secrets', () => {
  const origin = { kind: 'variable', name: 'KDMQ' } as const;

  it.each([
    ['db_url', 'redis://kdmq:hun"ter2@localhost:x'],
    ['db_url', 'redis://kdmq:hunter2'],
    ['db_url', 'kdmq:hunter2@localhost'],
    ['db_url', 'unix:/s?password=hunter2'],
    ['db_password', 'hunter2\n'],
    ['db_password', ['hunter2']],
  ])('%s %j does not show it', (setting, raw) => {
    const { problems } = readSettings([{ setting, raw, origin }], SETTING_DECLARATIONS);
    expect(problems).toHaveLength(1);
    expect(problems.map(describeProblem).join()).not.toMatch(/hun|ter2/);
  });

  it('show a wrong db_url without it', () => {
    const { problems } = readSettings(
      [{ setting: 'db_url', raw: 'mysql://kamailio:kamailiorw@localhost/kamailio', origin }],
      SETTING_DECLARATIONS,
    );
    expect(problems.map(describeProblem)[0]).toMatch(
      /^db_url: "mysql:\/\/kamailio:\(hidden\)@localhost\/kamailio" is a SQL database: .*`kdmq queue import`.*; expected redis:\/\//,
    );
  });
});

describe('db_url', () => {
  it('is a text', () => {
    expect(dbUrlFormat.read(5)).toEqual({ ok: false, problem: 'is a number' });
  });
});
