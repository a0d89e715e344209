import { describe, expect, it, vi } from 'vitest';
import { GuardedProcess } from './guarded-process.ts';

const gone = (pid: number) =>
  vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), { timeout: 10_000 });

describe('a guarded process', () => {
  it('tells each line that it writes and its exit code', async () => {
    const lines: string[] = [];
    const script = 'echo one; echo two >&2; printf three; exit 7';
    const shell = await GuardedProcess.start('sh', ['-c', script], { onLine: (line) => lines.push(line) });
    expect(await shell.exited).toEqual({ code: 7, signal: null });
    await vi.waitFor(() => expect(lines.toSorted()).toEqual(['one', 'three', 'two']));
    expect(shell.running).toBe(false);
  });

  it('goes by itself when it is stopped', async () => {
    const sleeper = await GuardedProcess.start('sleep', ['600']);
    expect(await sleeper.stop()).toBe(true);
    expect(await sleeper.exited).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it('is killed when it does not go by the deadline', async () => {
    const lines: string[] = [];
    const script = 'trap "" TERM; echo ready; while :; do sleep 0.1; done';
    const stubborn = await GuardedProcess.start('sh', ['-c', script], { onLine: (line) => lines.push(line) });
    await vi.waitFor(() => expect(lines).toEqual(['ready']), { timeout: 10_000 });
    expect(await stubborn.stop(100)).toBe(false);
    expect(await stubborn.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('takes its children with it', async () => {
    const lines: string[] = [];
    const parent = await GuardedProcess.start('sh', ['-c', 'sleep 600 & echo $!; wait'], {
      onLine: (line) => lines.push(line),
    });
    await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 10_000 });
    await parent.stop();
    await gone(Number(lines[0]));
  });

  it('is refused when there is no such program', async () => {
    await expect(GuardedProcess.start('/no/such/program', [])).rejects.toThrow('ENOENT');
  });
});
