import { execFile } from 'node:child_process';
import { mkdir, stat } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const source = new URL('kdmqload.c', import.meta.url).pathname;
const folder = new URL('../../.cache/', import.meta.url).pathname;
const program = `${folder}kdmqload`;

/** What the load generator saw; times in microseconds. */
export interface LoadResult {
  readonly sent: number;
  readonly replied: number;
  readonly lost: number;
  readonly seconds: number;
  readonly rate: number;
  readonly p50_us: number;
  readonly p99_us: number;
  readonly codes: Readonly<Record<string, number>>;
}

export interface Load {
  readonly target: string;
  readonly from: string;
  readonly channel: string;
  readonly total: number;
  /** Requests under way at the same time. */
  readonly window: number;
}

/** Compiles the load generator when its source has changed. */
export async function buildLoadGenerator(): Promise<void> {
  const [made, from] = await Promise.all([stat(program).catch(() => undefined), stat(source)]);
  if (made !== undefined && made.mtimeMs > from.mtimeMs) return;
  await mkdir(folder, { recursive: true });
  await run('cc', ['-O2', '-Wall', '-o', program, source]);
}

/** Drives one node; requests that were lost (no answer in 500 ms) are in the result, not an error. */
export async function load({ target, from, channel, total, window }: Load): Promise<LoadResult> {
  const args = ['-t', target, '-b', from, '-p', channel, '-n', String(total), '-w', String(window)];
  const { stdout } = await run(program, args, { timeout: 300_000 }).catch(
    (error: { stdout?: string; code?: unknown }) => {
      // Exit code 1 says that requests were lost; anything else is a failure.
      if (error.code === 1 && error.stdout) return { stdout: error.stdout };
      throw error;
    },
  );
  return JSON.parse(stdout) as LoadResult;
}
