import { describe, expect, it } from 'vitest';
import { WorkerPool } from '../../src/bus/worker-pool.ts';

/** Tasks that end when told to. */
function newTasks() {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const task = (name: string) => (): Promise<void> => {
    started.push(name);
    return new Promise((resolve) => ends.set(name, resolve));
  };
  const end = async (name: string): Promise<void> => {
    ends.get(name)!();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { started, task, end };
}

describe('workers', () => {
  it('run so many tasks at once, the others wait in order of arrival', async () => {
    const { started, task, end } = newTasks();
    const pool = new WorkerPool(
      () => 2,
      () => 10,
    );
    for (const name of ['a', 'b', 'c', 'd']) pool.run(task(name));
    expect(started).toEqual(['a', 'b']);
    expect(pool.waiting).toBe(2);
    await end('b');
    expect(started).toEqual(['a', 'b', 'c']);
    await end('a');
    expect(started).toEqual(['a', 'b', 'c', 'd']);
    expect(pool.waiting).toBe(0);
  });

  it('take nobody more when all places are taken', async () => {
    const { task, end } = newTasks();
    const pool = new WorkerPool(
      () => 1,
      () => 2,
    );
    expect(['a', 'b', 'c', 'd'].map((name) => pool.run(task(name)))).toEqual([true, true, true, false]);
    await end('a');
    expect(pool.run(task('e'))).toBe(true);
  });

  it('let what is done at once pass without a place, but never before what waits', async () => {
    const { started, task, end } = newTasks();
    const pool = new WorkerPool(
      () => 1,
      () => 10,
    );
    pool.run(() => void started.push('at once'));
    pool.run(task('a'));
    pool.run(() => void started.push('second'));
    pool.run(() => void started.push('third'));
    expect(started).toEqual(['at once', 'a']);
    await end('a');
    expect(started).toEqual(['at once', 'a', 'second', 'third']);
  });

  it('are as many as the settings say now', async () => {
    const { started, task, end } = newTasks();
    let workers = 1;
    const pool = new WorkerPool(
      () => workers,
      () => 10,
    );
    for (const name of ['a', 'b', 'c']) pool.run(task(name));
    workers = 2;
    await end('a');
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('forget what they have done: a long queue does not grow with its history', async () => {
    const { started, task, end } = newTasks();
    const pool = new WorkerPool(
      () => 1,
      () => 5_000,
    );
    for (let index = 0; index < 3_000; index++) pool.run(task(String(index)));
    for (let index = 0; index < 3_000; index++) await end(String(index));
    expect(started).toHaveLength(3_000);
    expect(started).toEqual(started.map((_name, index) => String(index)));
  });
});

describe('the pool is drained', () => {
  it('at once when nothing runs', async () => {
    await new WorkerPool(
      () => 1,
      () => 1,
    ).drained();
  });

  it('when what runs and what waits is done', async () => {
    const { task, end } = newTasks();
    const pool = new WorkerPool(
      () => 1,
      () => 10,
    );
    pool.run(task('a'));
    pool.run(task('b'));
    let drained = false;
    const done = pool.drained().then(() => {
      drained = true;
    });
    await end('a');
    expect(drained).toBe(false);
    await end('b');
    await done;
    expect(drained).toBe(true);
  });
});
