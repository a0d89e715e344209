import { describe, expect, it } from 'vitest';
import { describeOrigin, describeProblem } from '../../../src/core/settings/describe-problem.ts';
import { environmentEntries } from '../../../src/core/settings/environment-entries.ts';
import { mqueueFormat } from '../../../src/core/settings/mqueue-format.ts';
import { originOf, readSettings, type SettingEntry } from '../../../src/core/settings/read-settings.ts';
import { SETTING_DECLARATIONS, SETTING_NAMES } from '../../../src/core/settings/setting-declarations.ts';
import type { Settings } from '../../../src/core/settings.ts';

const inFile = (raw: unknown): SettingEntry => ({
  setting: 'mqueue',
  raw,
  origin: { kind: 'file', path: 'kdmq.yaml', line: 3 },
});
const asFlags = (...raw: string[]): SettingEntry => ({
  setting: 'mqueue',
  raw,
  origin: { kind: 'flag', name: '--mqueue' },
});
const variables = (environment: Record<string, string>) => environmentEntries(environment, SETTING_NAMES);

function read(...entries: readonly SettingEntry[]) {
  const { readings, problems } = readSettings(entries, SETTING_DECLARATIONS);
  const queues = (readings.get('mqueue')?.value ?? []) as Settings['mqueue'];
  return {
    queues: queues.map(({ name, size }) => `${name} ${size}`),
    source: describeOrigin(originOf(readings, 'mqueue')),
    sourceOf: (queue: string) => describeOrigin(originOf(readings, 'mqueue', queue)),
    problems: problems.map(describeProblem),
  };
}

describe('queues from several sources', () => {
  it('are those of the strongest source that has the whole list', () => {
    expect(read(inFile('name=a;size=1'), ...variables({ KDMQ_MQUEUE: 'name=b;size=2 name=c' }))).toMatchObject({
      queues: ['b 2', 'c 0'],
      source: 'KDMQ_MQUEUE',
    });
    expect(
      read(
        inFile('name=a'),
        ...variables({ KDMQ_MQUEUE: 'name=b', KDMQ_MQUEUE_C: 'size=3' }),
        asFlags('name=d', 'name=e'),
      ),
    ).toMatchObject({ queues: ['d 0', 'e 0'], source: '--mqueue' });
  });

  it('are added one by one by KDMQ_MQUEUE_<NAME>, or replaced at their place', () => {
    const environment = { KDMQ_MQUEUE_NEW_Q: 'size=9', KDMQ_MQUEUE_A: 'size=5', KDMQ_MQUEUE_X: 'name=Calls;size=7' };
    const found = read(inFile(['name=a;size=1', 'name=b;size=2']), ...variables(environment));
    expect(found).toMatchObject({
      queues: ['a 5', 'b 2', 'new_q 9', 'Calls 7'],
      source: 'KDMQ_MQUEUE_A, kdmq.yaml line 3, KDMQ_MQUEUE_NEW_Q and KDMQ_MQUEUE_X',
      problems: [],
    });
    expect(['a', 'b', 'new_q', 'Calls', 'other'].map(found.sourceOf)).toEqual([
      'KDMQ_MQUEUE_A',
      'kdmq.yaml line 3',
      'KDMQ_MQUEUE_NEW_Q',
      'KDMQ_MQUEUE_X',
      found.source,
    ]);
  });

  it('come from one place when all others are replaced', () => {
    expect(read(inFile('name=a'), ...variables({ KDMQ_MQUEUE_A: 'size=5' })).source).toBe('KDMQ_MQUEUE_A');
    expect(read(...variables({ KDMQ_MQUEUE_A: 'size=5' }))).toMatchObject({ queues: ['a 5'], source: 'KDMQ_MQUEUE_A' });
  });

  it('lie over KDMQ_MQUEUE, in whatever order the environment is', () => {
    const environment = { KDMQ_MQUEUE_B: 'size=5', KDMQ_MQUEUE_A: 'size=4', KDMQ_MQUEUE: 'name=b;size=1' };
    expect(read(...variables(environment))).toMatchObject({ queues: ['b 5', 'a 4'], problems: [] });
  });

  it('must not be given by two variables', () => {
    expect(read(...variables({ KDMQ_MQUEUE_A: 'name=q;size=1', KDMQ_MQUEUE_B: 'name=q;size=2' })).problems).toEqual([
      'mqueue: queue q is defined twice, in KDMQ_MQUEUE_A too (KDMQ_MQUEUE_B); expected each name once',
    ]);
  });

  it('are not defined by an empty variable', () => {
    expect(read(...variables({ KDMQ_MQUEUE_A: '', KDMQ_MQUEUE: '' }))).toMatchObject({ queues: [], problems: [] });
  });
});

describe('variables that begin as those of queues do', () => {
  it('are settings where there is a setting of that name', () => {
    const environment = { KDMQ_MQUEUE_ADOPT: 'on', KDMQ_MQUEUE_TOTAL_BYTES: '64Mi', KDMQ_MQUEUE_ORPHAN_AFTER: '90' };
    const { readings, problems } = readSettings(variables(environment), SETTING_DECLARATIONS);
    expect(problems).toEqual([]);
    expect([...readings].map(([name, { value }]) => [name, value])).toEqual([
      ['mqueue_adopt', true],
      ['mqueue_total_bytes', 67_108_864],
      ['mqueue_orphan_after', 90],
    ]);
  });

  it.each([
    ['KDMQ_MQUEUE_ADOPTT', 'on', 'KDMQ_MQUEUE_ADOPT'],
    ['KDMQ_MQUEUE_TOTAL_BYTE', '64Mi', 'KDMQ_MQUEUE_TOTAL_BYTES'],
    ['KDMQ_MQUEUE_ORPHANS_AFTER', '90', 'KDMQ_MQUEUE_ORPHAN_AFTER'],
  ])('never make a queue of a misspelt setting: %s=%s', (name, value, meant) => {
    const { queues, problems } = read(...variables({ [name]: value }));
    expect(queues).toEqual([]);
    expect(problems).toEqual([expect.stringMatching(`holds no attribute .*; or ${meant}, if that was meant$`)]);
  });

  it('may be those of a Kubernetes service', () => {
    expect(
      variables({
        KDMQ_MQUEUE_SERVICE_HOST: '10.96.0.7',
        KDMQ_MQUEUE_SERVICE_PORT: '8080',
        KDMQ_MQUEUE_PORT: 'tcp://10.96.0.7:8080',
        KDMQ_MQUEUE_PORT_8080_TCP_ADDR: '10.96.0.7',
      }),
    ).toEqual([]);
  });

  it('are wrong where the name can not be that of a queue', () => {
    expect(read(...variables({ 'KDMQ_MQUEUE_A/B': 'size=1' })).problems).toEqual([
      'mqueue: queue a/b: name "a/b" can\'t be the name of a queue (KDMQ_MQUEUE_A/B); expected 1 to 64 letters, digits, - _ or .',
    ]);
  });
});

describe('mistakes in queues', () => {
  it('are all named, each with its source, queue, attribute, value and what would be right', () => {
    const entries = [
      inFile(['name=a;size=x;dbmod=1', { name: 'b', durability: 'always', dbmode: 2 }]),
      ...variables({ KDMQ_MQUEUE_C: 'addmode=7' }),
      asFlags('size=3'),
    ];
    expect(read(...entries).problems).toEqual([
      'mqueue: queue a: size "x" is not a number (kdmq.yaml line 3); expected a whole number of items from 0 to 1000000000',
      'mqueue: queue a: dbmod is not an attribute of a queue (kdmq.yaml line 3); expected dbmode, if that was meant',
      'mqueue: queue b: durability "always" contradicts dbmode 2 (save): what every add writes would not be read at the next start (kdmq.yaml line 3); expected dbmode=both with it (which it means without any dbmode), or durability=stop',
      'mqueue: queue c: addmode "7" is not known (KDMQ_MQUEUE_C); expected 0 (append), 1 (keep_old), 2 (replace)',
      'mqueue: definition 1 (size=3) has no name (--mqueue); expected an attribute name=, with a ; between the attributes of one queue',
    ]);
  });

  it.each([
    [5, 'mqueue: 5 is a number (kdmq.yaml line 3); expected a definition, as name=myq;size=20;dbmode=both'],
    [[5], 'mqueue: item 1: 5 is a number (kdmq.yaml line 3); expected a definition, as name=myq;size=20;dbmode=both'],
  ])('%j is one', (raw, line) => {
    expect(read(inFile(raw)).problems).toEqual([line]);
  });

  it('are counted where nobody would read them all', () => {
    const { problems } = read(inFile('a '.repeat(100_000)));
    expect(problems).toHaveLength(201);
    expect(problems.at(-1)).toBe('mqueue: has 199800 more mistakes (kdmq.yaml line 3)');
  });

  it('are an empty flag too', () => {
    expect(read(asFlags('')).problems).toEqual([
      'mqueue: is empty (--mqueue); expected a definition, as name=myq;size=20;dbmode=both',
    ]);
  });
});

describe('queues that are written', () => {
  it('are a list of texts, to be read again', () => {
    const reading = mqueueFormat.read({ a: { size: 3, dbmode: 1 }, b: null });
    const written = reading.ok ? mqueueFormat.write(reading.value) : [];
    expect(written).toEqual([
      'name=a;size=3;dbmode=both;addmode=append;max_bytes=268435456;durability=stop',
      'name=b;size=0;dbmode=none;addmode=append;max_bytes=268435456;durability=none',
    ]);
    expect(mqueueFormat.read(written)).toEqual(reading);
  });
});
