import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MqueueDefinition } from '../../../src/core/mqueue/mqueue-definition.ts';
import type { MqueueProblem } from '../../../src/core/mqueue/mqueue-problem.ts';
import { readMqueueDefinitions, readNamedMqueue } from '../../../src/core/mqueue/read-mqueue-definitions.ts';
import { writeMqueueDefinition } from '../../../src/core/mqueue/write-mqueue-definition.ts';

const plain: MqueueDefinition = {
  name: 'myq',
  size: 0,
  maxBytes: 268_435_456,
  dbMode: 'none',
  addMode: 'append',
  durability: 'none',
  leaseMs: 0,
  ttlMs: 0,
  delayMs: 0,
  maxDeliveries: 0,
  deadLetter: undefined,
};

/** The problems as `queue: attribute: problem`, sorted out of what `expected` says. */
function problemsIn(raw: unknown): string[] {
  return readMqueueDefinitions(raw).problems.map(inShort);
}

function inShort({ queue, attribute, problem }: MqueueProblem): string {
  return [queue, attribute, problem].filter((part) => part !== undefined).join(': ');
}

describe('a definition', () => {
  it.each<[string, Partial<MqueueDefinition>]>([
    ['name=myq', {}],
    ['name=myq;size=20;dbmode=1;addmode=0', { size: 20, dbMode: 'both', durability: 'stop' }],
    ['addmode=2;dbmode=2;size=20;name=myq;', { size: 20, dbMode: 'save', durability: 'stop', addMode: 'replace' }],
    ['name=myq;dbmode=load;addmode=keep_old', { dbMode: 'load', durability: 'stop', addMode: 'keep_old' }],
    ['name=myq;dbmode=3;addmode=KEEP-OLD', { dbMode: 'load', durability: 'stop', addMode: 'keep_old' }],
    ['name=myq;dbmode=0;durability=none', {}],
    ['name=myq;durability=always', { dbMode: 'both', durability: 'always' }],
    ['name=myq;dbmode=both;durability=always', { dbMode: 'both', durability: 'always' }],
    ['name=myq;dbmode=save;durability=stop', { dbMode: 'save', durability: 'stop' }],
    ['name=myq;size=0', {}],
    ['name=myq;max_bytes=1000', { maxBytes: 1000 }],
    ['name=myq;max_bytes=64k', { maxBytes: 64_000 }],
    ['name=myq;max_bytes=64Ki', { maxBytes: 65_536 }],
    ['name=myq;max_bytes=1.5Mi', { maxBytes: 1_572_864 }],
    ['name=myq;max_bytes=2G', { maxBytes: 2_000_000_000 }],
    ['name=myq;ttl_ms=60000;delay_ms=5000', { ttlMs: 60_000, delayMs: 5000 }],
    ['name=myq;lease_ms=30000', { leaseMs: 30_000 }],
    [
      'name=myq;lease_ms=30000;max_deliveries=5;dead_letter=dlq',
      { leaseMs: 30_000, maxDeliveries: 5, deadLetter: 'dlq' },
    ],
    ['name=A-b_c.9', { name: 'A-b_c.9' }],
  ])('%s is read, with defaults for what it leaves out', (text, attributes) => {
    expect(readMqueueDefinitions(text)).toEqual({ definitions: [{ ...plain, ...attributes }], problems: [] });
  });

  it.each<[string, string]>([
    ['name=myq;siz=20', 'queue myq: siz: is not an attribute of a queue'],
    ['name=myq;__proto__=20', 'queue myq: __proto__: is not an attribute of a queue'],
    ['name=myq;size', 'queue myq: size: has no value'],
    ['name=myq;size=', 'queue myq: size: is not a number'],
    ['name=myq;size=ten', 'queue myq: size: is not a number'],
    ['name=myq;size=-1', 'queue myq: size: is below 0'],
    ['name=myq;size=1.5', 'queue myq: size: is not a whole number'],
    ['name=myq;size=1;size=2', 'queue myq: size: is given twice'],
    ['name=myq;name=other', 'queue myq: name: is given twice'],
    ['name=myq;dbmode=4', 'queue myq: dbmode: is not known'],
    ['name=myq;dbmode=bth', 'queue myq: dbmode: is not known (did you mean both?)'],
    ['name=myq;dbmode=01', 'queue myq: dbmode: is not known'],
    ['name=myq;addmode=3', 'queue myq: addmode: is not known'],
    ['name=myq;addmode=keep', 'queue myq: addmode: is not known (did you mean keep_old?)'],
    ['name=myq;durability=fsync', 'queue myq: durability: is not known'],
    ['name=myq;max_bytes=1', 'queue myq: max_bytes: is below 64'],
    ['name=myq;max_bytes=64MB', 'queue myq: max_bytes: is not a number of bytes (did you mean 64M?)'],
    ['name=myq;max_bytes=0.1k;max_bytes=1', 'queue myq: max_bytes: is given twice'],
    ['name=myq;max_bytes=64.0001k', 'queue myq: max_bytes: is not a whole number of bytes'],
    ['name=myq;max_bytes=9999999999g', 'queue myq: max_bytes: is more than any machine has'],
    ['name=myq;lease_ms=30s', 'queue myq: lease_ms: is not a plain number: leave the unit out, it is milliseconds'],
    ['name=myq;lease_ms=1;max_deliveries=65536', 'queue myq: max_deliveries: is above 65535'],
    ['size=20', 'definition 1 (size=20): has no name'],
    ['name=', 'definition 1 (name=): name: is empty'],
    ['name', 'definition 1 (name): name: has no value'],
    ['name=my/q', "definition 1 (name=my/q): name: can't be the name of a queue"],
    [`name=${'q'.repeat(65)}`, `definition 1 (name=${'q'.repeat(65)}): name: can't be the name of a queue`],
    ['name=myq size=20', 'definition 2 (size=20): has no name'],
    ['', ': is empty'],
  ])('%j is refused', (text, problem) => {
    expect(problemsIn(text)).toEqual([problem]);
  });

  it('suggests the attribute that was meant, or names all', () => {
    const [close, far] = readMqueueDefinitions('name=myq;max_byte=1k;colour=red').problems;
    expect(close?.expected).toBe('max_bytes, if that was meant');
    expect(far?.expected).toMatch(/^one of name, size, dbmode, .*dead_letter$/);
  });

  it('says how attributes are separated, where a queue has no name', () => {
    expect(readMqueueDefinitions('name=myq size=20').problems[0]?.expected).toContain('a ; between the attributes');
  });
});

describe('durability and dbmode', () => {
  const wrongs = (text: string) => readMqueueDefinitions(`name=myq;${text}`).problems.map(({ problem }) => problem);

  it.each([
    ['dbmode=none', 'none'],
    ['dbmode=both', 'stop'],
    ['dbmode=save', 'stop'],
    ['dbmode=load', 'stop'],
    ['durability=none', 'none'],
    ['durability=always', 'always'],
  ])('%s alone means durability %s', (text, durability) => {
    expect(readMqueueDefinitions(`name=myq;${text}`).definitions).toMatchObject([{ durability }]);
  });

  it.each([
    ['none', 'both', 'contradicts dbmode 1 (both), which reads the queue at start and writes it at stop'],
    ['none', 'save', 'contradicts dbmode 2 (save), which writes the queue at stop'],
    ['none', 'load', 'contradicts dbmode 3 (load), which reads the queue at start'],
    ['stop', 'none', 'contradicts dbmode 0 (none): nothing would be read at start or written at stop'],
    ['always', 'none', 'contradicts dbmode 0 (none): the store would not be used at all'],
    ['always', 'save', 'contradicts dbmode 2 (save): what every add writes would not be read at the next start'],
    ['always', 'load', 'contradicts dbmode 3 (load): every add has to be written, and load writes nothing'],
  ])('durability %s refuses dbmode %s and says why', (durability, dbmode, problem) => {
    expect(wrongs(`dbmode=${dbmode};durability=${durability}`)).toEqual([problem]);
  });

  it('durability stop needs a dbmode', () => {
    expect(wrongs('durability=stop')).toEqual([
      'needs a dbmode: without one nothing is read at start or written at stop',
    ]);
  });

  it('names what would be right', () => {
    const [none] = readMqueueDefinitions('name=myq;dbmode=save;durability=none').problems;
    const [always] = readMqueueDefinitions('name=myq;dbmode=save;durability=always').problems;
    expect(none).toMatchObject({ attribute: 'durability', expected: 'durability=stop, or dbmode=none' });
    expect(always?.expected).toBe('dbmode=both with it (which it means without any dbmode), or durability=stop');
  });
});

describe('leases, dead letters and times', () => {
  it.each([
    ['max_deliveries=5', ['queue myq: max_deliveries: needs lease_ms: without a lease a fetch removes the item']],
    [
      'max_deliveries=5;lease_ms=0',
      ['queue myq: max_deliveries: needs lease_ms: without a lease a fetch removes the item'],
    ],
    ['dead_letter=dlq', ['queue myq: dead_letter: needs lease_ms: without a lease a fetch removes the item']],
    [
      'dead_letter=dlq;lease_ms=9',
      ['queue myq: dead_letter: needs max_deliveries: without a limit no item ever gets there'],
    ],
    ['max_deliveries=0', []],
    ['ttl_ms=5;delay_ms=5', ['queue myq: ttl_ms: ends before an item can be fetched, with delay_ms 5']],
    ['ttl_ms=6;delay_ms=5', []],
    ['delay_ms=5', []],
  ])('name=myq;%s', (text, problems) => {
    expect(problemsIn(`name=myq;${text}`)).toEqual(problems);
  });
});

describe('several definitions', () => {
  const names = (raw: unknown) => readMqueueDefinitions(raw).definitions.map(({ name }) => name);

  it.each<[string, unknown]>([
    ['one text', 'name=a;size=2 name=b\nname=c;dbmode=1'],
    ['a list of texts', ['name=a;size=2', 'name=b name=c;dbmode=1']],
    ['a list of maps', [{ name: 'a', size: 2 }, { name: 'b' }, { name: 'c', dbmode: 'both' }]],
    ['a list of both', ['name=a;size=2', { name: 'b', size: null }, 'name=c;dbmode=1']],
    ['a map of maps', { a: { size: 2 }, b: {}, c: { name: 'c', dbmode: 1 } }],
    ['a map of texts and nothing', { a: 'size=2', b: null, c: 'dbmode=both' }],
  ])('are read from %s', (_, raw) => {
    expect(readMqueueDefinitions(raw)).toEqual({
      definitions: [
        { ...plain, name: 'a', size: 2 },
        { ...plain, name: 'b' },
        { ...plain, name: 'c', dbMode: 'both', durability: 'stop' },
      ],
      problems: [],
    });
  });

  it.each<[string, unknown, string[]]>([
    ['one map', { name: 'a', size: 2 }, ['a']],
    [
      'queues called as attributes are',
      { name: { size: 2 }, size: null, dbmode: 'size=3' },
      ['name', 'size', 'dbmode'],
    ],
    ['an empty list', [], []],
    ['an empty map', {}, []],
  ])('may be %s', (_, raw, expected) => {
    expect(names(raw)).toEqual(expected);
    expect(problemsIn(raw)).toEqual([]);
  });

  it.each<[unknown, string[]]>([
    [5, [': is a number']],
    [true, [': is a boolean']],
    [[5, 'name=a'], ['item 1: is a number']],
    [['name=a', null], ['item 2: is nothing']],
    [['', 'name=a'], ['item 1: is empty']],
    [{ size: 20 }, ['the definition: has no name']],
    [[{ name: 5 }], ['item 1: name: is a number: put it in quotes']],
    [[{ name: null }], ['item 1: has no name']],
    [[{ name: 'a', size: [2] }], ['queue a: size: is a list']],
    [[{ name: 'a', size: true }], ['queue a: size: is a boolean']],
    [{ a: { name: 'b' } }, ['queue b: name: is not that of the key, a']],
    [{ a: 5 }, ['queue a: is a number']],
    [{ a: 'size=2 name=b' }, ['queue a: is 2 definitions']],
    [{ 'a b': null }, ["queue a b: name: can't be the name of a queue"]],
    ['name=a name=b name=a', ['queue a: is defined twice']],
    [['name=a', { name: 'a' }], ['queue a: is defined twice']],
  ])('%j is refused', (raw, problems) => {
    expect(problemsIn(raw)).toEqual(problems);
  });

  it('are all checked: every mistake is named at once, with its queue', () => {
    expect(problemsIn(['name=a;siz=2;dbmode=9', { name: 'b', durability: 'stop' }, 'size=3', 'name=b;size=x'])).toEqual(
      [
        'queue a: siz: is not an attribute of a queue',
        'queue a: dbmode: is not known',
        'queue b: durability: needs a dbmode: without one nothing is read at start or written at stop',
        'item 3: has no name',
        'queue b: size: is not a number',
        'queue b: is defined twice',
      ],
    );
  });

  it('that are wrong still have their names and dead letters, so that those can be checked', () => {
    const { definitions } = readMqueueDefinitions('name=a;size=x name=b;dead_letter=a size=3');
    expect(definitions.map(({ name, deadLetter }) => [name, deadLetter])).toEqual([
      ['a', undefined],
      ['b', 'a'],
    ]);
  });
});

describe('one queue under a name from outside', () => {
  it.each([
    ['size=20;dbmode=1', 'calls'],
    ['name=Calls;size=20;dbmode=1', 'Calls'],
    [' size=20 ; dbmode=1 ; ', 'calls'],
  ])('%j defines %2$s', (text, name) => {
    expect(readNamedMqueue(text, 'calls')).toEqual({
      definitions: [{ ...plain, name, size: 20, dbMode: 'both', durability: 'stop' }],
      problems: [],
    });
  });

  it.each<[unknown, string]>([
    ['on', 'queue calls: holds no attribute'],
    ['', 'queue calls: holds no attribute'],
    ['size=2 size=3', 'queue calls: is 2 definitions: a ; goes between the attributes of one queue'],
    ['size=x', 'queue calls: size: is not a number'],
    ['name=;size=2', 'queue calls: name: is empty'],
    [5, 'queue calls: is a number'],
  ])('%j is refused', (raw, problem) => {
    expect(readNamedMqueue(raw, 'calls').problems.map(inShort)).toEqual([problem]);
  });
});

describe('a definition that is written', () => {
  it('has words for its modes, and all that is not left to itself', () => {
    const [definition] = readMqueueDefinitions(
      'name=a;size=5;dbmode=1;lease_ms=9;max_deliveries=2;dead_letter=b;ttl_ms=8;delay_ms=7;max_bytes=1Ki',
    ).definitions;
    expect(definition && writeMqueueDefinition(definition)).toBe(
      'name=a;size=5;dbmode=both;addmode=append;max_bytes=1024;durability=stop;lease_ms=9;ttl_ms=8;delay_ms=7;max_deliveries=2;dead_letter=b',
    );
  });

  it('means the same when it is read again, and nothing that is read makes it throw', () => {
    const part = fc.constantFrom(
      ...['name=a', 'name=b', 'size=3', 'dbmode=1', 'dbmode=save', 'dbmode=0', 'addmode=2', 'durability=always'],
      ...[
        'durability=none',
        'lease_ms=5',
        'max_deliveries=2',
        'dead_letter=c',
        'ttl_ms=9',
        'delay_ms=4',
        'max_bytes=1k',
      ],
    );
    const separator = fc.constantFrom(';', ';', ';', ' ', '; ', '\n', ' = ');
    const text = fc.array(fc.tuple(part, separator), { maxLength: 8 }).map((parts) => parts.flat().join(''));
    fc.assert(
      fc.property(text, (raw) => {
        const { definitions } = readMqueueDefinitions(raw);
        const again = readMqueueDefinitions(definitions.map(writeMqueueDefinition));
        expect(again).toEqual({ definitions, problems: [] });
      }),
      { numRuns: 2000 },
    );
  });

  it('is all that can be read: anything else is refused without an exception', () => {
    fc.assert(
      fc.property(fc.anything(), (raw) => {
        readMqueueDefinitions(raw);
      }),
    );
  });
});
