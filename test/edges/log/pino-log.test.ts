import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LogFormat, openLog, type ProcessLog } from '../../../src/edges/log/pino-log.ts';

let directory: string;
let descriptor: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kdmq-log-'));
  descriptor = openSync(join(directory, 'log'), 'w');
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

async function written(format: LogFormat, write: (log: ProcessLog) => void): Promise<string[]> {
  const log = await openLog({ level: 'info', format, descriptor });
  write(log);
  await log.close();
  return readFileSync(join(directory, 'log'), 'utf8').split('\n').slice(0, -1);
}

const json = async (write: (log: ProcessLog) => void): Promise<Record<string, unknown>[]> =>
  (await written('json', write)).map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the log as JSON', () => {
  it('is one object a line with time, level, message and fields', async () => {
    const [line] = await json((log) => log.info('node joined', { node: 'sip:10.0.0.1:5060', count: 2 }));
    expect(line).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      msg: 'node joined',
      node: 'sip:10.0.0.1:5060',
      count: 2,
    });
  });

  it('is what is written where the output is no terminal', async () => {
    const lines = await written('auto', (log) => log.info('hello'));
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'hello' });
  });

  it('leaves out what is below its level, which can change', async () => {
    const lines = await json((log) => {
      log.debug('one');
      log.setLevel('debug');
      log.debug('two');
      log.setLevel('error');
      log.warn('three');
      log.error('four');
    });
    expect(lines.map(({ msg }) => msg)).toEqual(['two', 'four']);
  });

  it('hides secrets, in fields at any depth and in URLs', async () => {
    const [line] = await json((log) =>
      log.info('store redis://kdmq:hunter2@10.0.0.1', {
        password: 'hunter2',
        store: { db_password: 'hunter2', url: 'redis://kdmq:hunter2@10.0.0.1', list: [{ client_secret: 'hunter2' }] },
      }),
    );
    expect(JSON.stringify(line)).not.toContain('hunter2');
    expect(line).toMatchObject({ password: '(hidden)', store: { url: 'redis://kdmq:(hidden)@10.0.0.1' } });
  });

  it('does not let a field stand in for level, time or message', async () => {
    const [line] = await json((log) => log.info('real', { level: 'error', time: 'never', msg: 'forged' }));
    expect(line).toMatchObject({ level: 'info', msg: 'real', level_: 'error', msg_: 'forged' });
  });

  it('takes errors apart with their causes', async () => {
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const [line] = await json((log) => log.error('failed', { error: new Error('no connection', { cause }) }));
    expect(line).toMatchObject({
      error: {
        type: 'Error',
        message: 'no connection',
        stack: expect.arrayContaining([expect.stringMatching(/^at /)]),
        cause: { message: 'refused', code: 'ECONNREFUSED' },
      },
    });
  });

  it('can write anything: cycles, long texts, bytes, big numbers', async () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const [line] = await json((log) => {
      log.info('odd', { cycle, long: 'x'.repeat(100_000), bytes: new Uint8Array(5), big: 5n, none: undefined });
    });
    expect(line).toMatchObject({ bytes: '5 bytes', big: '5' });
    expect(JSON.stringify(line).length).toBeLessThan(6000);
  });
});

describe('the log for people', () => {
  it('is a line with level, message and fields', async () => {
    const [line] = await written('pretty', (log) =>
      log.warn('node left', { node: 'sip:10.0.0.1:5060', reason: 'no answer' }),
    );
    expect(line).toMatch(/^\[\d\d:\d\d:\d\d\.\d+\] WARN: node left node=sip:10\.0\.0\.1:5060 reason="no answer"$/);
  });

  const forged = 'x\n[00:00:00.000] ERROR: forged\r\u001b[2J\u009b31m\u2028\u202e';

  it.each<[string, (log: ProcessLog) => void]>([
    ['a message', (log) => log.info(forged)],
    ['a field', (log) => log.info('m', { reason: forged })],
    ['the name of a field', (log) => log.info('m', { [forged]: 1 })],
    ['a field within fields', (log) => log.info('m', { deep: { list: [forged] } })],
    ['an error', (log) => log.info('m', { error: new Error(forged) })],
    [
      'the name of an error',
      (log) => log.info('m', { error: Object.assign(new Error('m'), { name: forged, code: forged }) }),
    ],
    [
      'fields that pino-pretty reads itself',
      (log) =>
        log.info('m', {
          msg: forged,
          level: forged,
          time: forged,
          err: forged,
          pid: forged,
          hostname: forged,
          name: forged,
          caller: forged,
          stack: forged,
          type: 'Error',
        }),
    ],
  ])('stays one line when %s holds control characters', async (_, write) => {
    const lines = await written('pretty', write);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/[\p{Cc}\p{Zl}\p{Bidi_Control}]/u);
  });
});

describe('the lines of a process that ends', { timeout: 60_000 }, () => {
  const start = (...args: string[]) =>
    spawn(process.execPath, [fileURLToPath(new URL('./log-into-pipe.ts', import.meta.url)), ...args]);
  const exitCode = (child: ChildProcess) => new Promise((resolve) => child.on('exit', resolve));

  it.each(['json', 'pretty'])('all come through a pipe, in their order (%s)', async (format) => {
    const output = await text(start(format, '3000').stdout);
    const numbers = [...output.matchAll(/line (\d+)/g)].map((match) => Number(match[1]));
    expect(numbers).toEqual(Array.from({ length: 3000 }, (_, number) => number));
    expect(output).not.toContain('after the close');
  });

  it('do not keep it when nobody reads them', async () => {
    const child = start('json', '3000');
    expect(await exitCode(child)).toBe(0);
    child.stdout.destroy();
  });

  it('do not end it when the reader has gone away', async () => {
    const child = start('json', '20000');
    const ended = exitCode(child);
    child.stdout.destroy();
    expect(await text(child.stderr)).toBe('done');
    expect(await ended).toBe(0);
  });

  it('are dropped beyond 8 MiB, and their number is said when they are read again', async () => {
    const child = start('json', '80000', 'wait');
    const ended = exitCode(child);
    await new Promise((resolve) => child.stderr.once('data', resolve));
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      output += part;
    });
    await vi.waitFor(() => {
      child.stdin.write('x');
      expect(output).toContain('"msg":"asked for"');
    }, 30_000);
    child.stdin.end();
    await once(child.stdout, 'end');
    // What the pipe itself takes may let a line in between two gaps, each of which is told.
    const dropped = [...output.matchAll(/"lines":(\d+)[^\n]*nobody read them in time/g)].map((match) =>
      Number(match[1]),
    );
    const kept = output.match(/"msg":"(line \d+|asked for)"/g)?.length ?? 0;
    const asked = output.match(/"msg":"asked for"/g)?.length ?? 0;
    expect(kept - asked).toBeLessThan(79_000);
    expect(kept + dropped.reduce((sum, lines) => sum + lines, 0)).toBeGreaterThanOrEqual(80_000 + asked);
    expect(await ended).toBe(0);
  });
});

describe('the last lines', () => {
  it.each<LogFormat>(['json', 'pretty'])('are not lost (%s)', async (format) => {
    const lines = await written(format, (log) => {
      for (let number = 0; number < 2000; number++) log.info(`line ${number}`);
    });
    expect(lines).toHaveLength(2000);
    expect(lines.at(-1)).toContain('line 1999');
  });
});
