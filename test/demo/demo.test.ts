import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { GuardedProcess } from '../guarded-process.ts';
import { machineHas } from '../machine.ts';
import { runDemo } from './demo.ts';
import { painter } from './table.ts';

const main = join(import.meta.dirname, 'main.ts');

async function start(environment: Readonly<Record<string, string>> = {}) {
  const lines: string[] = [];
  const options = { env: { PATH: process.env.PATH, ...environment }, onLine: (line: string) => lines.push(line) };
  const demo = await GuardedProcess.start(process.execPath, [main], options);
  const printed = (text: string) => vi.waitFor(() => expect(lines.join('\n')).toContain(text), 60_000);
  return { demo, lines, printed };
}

/** Pids of the programs that a process has started and that have not ended. */
function childrenOf(pid: number): string[] {
  const parentOf = (child: string): string | undefined => {
    try {
      return /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${child}/status`, 'utf8'))?.[1];
    } catch {
      return undefined; // it has just ended
    }
  };
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === String(pid));
}

describe('make demo', () => {
  it('ends with exit code 0 when every step has held', async () => {
    const { demo, lines } = await start();
    expect(await demo.exited, lines.join('\n')).toEqual({ code: 0, signal: null });
    const text = lines.join('\n');
    expect(text).toContain('Every step held');
    expect(text).toContain('All nodes have stopped.');
    for (const [tool, name] of [
      ['kamailio-5.6', 'Kamailio 5.6'],
      ['kamailio-6.1', 'Kamailio 6.1'],
    ] as const) {
      expect(text.includes(`seen in the request_route of ${name}`)).toBe(machineHas(tool));
    }
    expect(text, 'colours only on a terminal').not.toContain('\u001b');
  });

  it('says what was expected and what was seen when a step does not hold', async () => {
    const lines: string[] = [];
    const held = await runDemo({
      print: (line) => lines.push(line),
      paint: painter(false),
      signal: new AbortController().signal,
      kamailios: [],
      alsoExpected: ['kdmq-9'],
      findDeadlineMs: 1_000,
    });
    expect(held).toBe(false);
    const text = lines.join('\n');
    expect(text).toContain('This did not hold: all see all: not within 1000 ms');
    expect(text).toContain('active in each row: kdmq-0, kdmq-1, kdmq-2, demo, kdmq-9');
    expect(text).toMatch(/seen:\n +sees +kdmq-0 +kdmq-1 +kdmq-2 +demo\n +kdmq-0 +active/);
    expect(text).not.toContain('Every step held');
    const folder = /Their logs are in (.*)/.exec(text)?.[1] ?? '';
    expect(readFileSync(join(folder, 'kdmq-0.log'), 'utf8')).toContain('node joined');
    rmSync(folder, { recursive: true });
  });

  it('leaves nothing running when it is called off by Ctrl-C', async () => {
    const { demo, lines, printed } = await start();
    await printed('all see all');
    const children = childrenOf(demo.pid);
    expect(children.length).toBeGreaterThanOrEqual(3);
    demo.signal('SIGINT');
    expect(await demo.exited, lines.join('\n')).toEqual({ code: 130, signal: null });
    await vi.waitFor(() => expect(readdirSync('/proc').filter((name) => children.includes(name))).toEqual([]), 20_000);
  });
});
