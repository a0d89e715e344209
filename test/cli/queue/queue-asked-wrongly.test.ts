import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeProgram } from '../../../src/cli/program.ts';
import { runCommand } from '../../../src/cli/run-command.ts';
import { StopSignals } from '../../../src/cli/stop-signals.ts';
import { FileQueueStore } from '../../../src/edges/file/file-queue-store.ts';
import { SystemClock } from '../../../src/edges/system/system-clock.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { bytes } from '../../queues/store-content.ts';

const signals = new StopSignals();

describe('kdmq queue, asked wrongly', () => {
  let folder: string;
  let written: { output: string; errors: string };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kdmq-queue-'));
    const parts = { fsync: 'no', clock: new SystemClock(), log: new MemoryLog() } as const;
    const store = new FileQueueStore({ folder: join(folder, 'queues'), ...parts });
    await store.open(new AbortController().signal);
    const claim = await store.claim({ cluster: 'kdmq', queue: 'calls', partition: '2' }, 'node-2');
    await store.append(claim, 0, [bytes('j')]);
    await store.close();
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  beforeEach(() => {
    written = { output: '', errors: '' };
    for (const [stream, name] of [[process.stdout, 'output'] as const, [process.stderr, 'errors'] as const]) {
      vi.spyOn(stream, 'write').mockImplementation((text, done) => {
        written[name] += String(text);
        if (typeof done === 'function') (done as () => void)();
        return true;
      });
    }
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** The command line in this process: its exit code. */
  const run = async (args: readonly string[]): Promise<number> => {
    let code = 0;
    const unused = () => Promise.reject(new Error('another command was run'));
    const actions = { start: unused, printConfig: unused, printSchema: unused };
    const program = makeProgram({ ...actions, run: (work) => runCommand(work, signals) }, {}, (ended) => {
      code = ended;
    });
    try {
      await program.parseAsync(['queue', ...args, '--data-dir', folder], { from: 'user' });
      return code;
    } catch (error) {
      if (error instanceof CommanderError) return 2;
      throw error;
    }
  };

  const wrong: readonly (readonly [name: string, args: readonly string[], code: number, words: string])[] = [
    ['a queue that is not there', ['export', 'cals'], 66, 'there are alarms and calls; did you mean calls?'],
    [
      'a new queue',
      ['import', 'cals', 'x.jsonl'],
      66,
      'did you mean calls? A new one has to be defined first (--config, --mqueue).',
    ],
    ['a partition that is not there', ['export', 'calls', '--partition', '7'], 66, 'no partition 7: there is 2'],
    [
      'nothing of it is stored',
      ['adopt', 'alarms', '--from', '7', '--to', '1'],
      66,
      'no partition 7: nothing of it is stored',
    ],
    ['a file that is not there', ['import', 'calls', '/none/x.jsonl'], 66, '/none/x.jsonl does not exist'],
    ['a folder in the place of a file', ['import', 'calls', '/tmp'], 66, '/tmp is a folder'],
    ['a Redis without the format', ['import', 'calls', 'redis://u:hunter2@h'], 2, '--format kamailio'],
    [
      'the format without a Redis',
      ['import', 'calls', 'x.jsonl', '--format', 'kamailio'],
      2,
      'redis://10.0.0.7:6379/3',
    ],
    ['the format without a place', ['export', 'calls', '--format', 'kamailio'], 2, '--to with the URL'],
    [
      'a place that is none',
      ['export', 'calls', '--format', 'kamailio', '--to', 'mysql://u:hunter2@h/d'],
      2,
      'is a SQL database',
    ],
    ['itself', ['adopt', 'calls', '--from', '2', '--to', '2'], 2, 'partition 2 serves itself'],
    ['a format that is none', ['export', 'calls', '--format', 'sql'], 2, 'Allowed choices are jsonl, kamailio'],
    ['a queue that is never read', ['import', 'alarms', 'x.jsonl'], 78, 'alarms has dbmode save here'],
    ['a setting that is wrong', ['ls', '--partition', 'a/b'], 78, 'partition: "a/b"'],
    ['no queue', ['export'], 2, "missing required argument 'queue'"],
  ];
  it.each(wrong)('is told the way out, and no password: %s', async (_, args, code, words) => {
    const definitions = args[0] === 'ls' ? [] : ['name=alarms;dbmode=save', 'name=calls;dbmode=both'];
    const given = definitions.flatMap((definition) => ['--mqueue', definition]);
    expect(await run([...args, ...given])).toBe(code);
    expect(written).toEqual({ output: '', errors: expect.stringContaining(words) });
    expect(written.errors).not.toContain('hunter2');
  });
});
