import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueueStore } from '../../../src/ports/queue-store.ts';
import { SeededRandom } from '../../fakes/seeded-random.ts';
import { address } from '../../queues/store-content.ts';
import { makeFileStore, memoryFolder, temporaries } from './file-store-under-test.ts';
import { numberOf } from './numbered-record.ts';

const child = fileURLToPath(new URL('killed-owner-child.ts', import.meta.url));
const OWNERS = 4;
const KILLS = 25;
/** Of all owners of a process together, before it is killed. */
const MOST_STEPS = 60;

/** For the diaries and for compiled code. */
let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'kdmq-killed-'));
  // One that comes to its end by itself leaves compiled code for the others.
  const first = startOwners(['/dev/null', '/dev/null', '0', 'no', '0']);
  first.stdin.end();
  await once(first, 'exit');
});
afterAll(() => rm(scratch, { recursive: true }));

describe.concurrent(`${2 * OWNERS * KILLS} owners killed with SIGKILL at random points`, () => {
  it.for([
    { fsync: 'always', parent: tmpdir(), seed: 1 },
    { fsync: 'no', parent: memoryFolder, seed: 2 },
  ] as const)(
    'lose nothing that was acknowledged, double nothing and keep the order: fsync $fsync, $parent',
    { timeout: 120_000 },
    async ({ fsync, parent, seed }, { onTestFinished }) => {
      const random = new SeededRandom(seed);
      const under = await makeFileStore({ fsync, parent });
      onTestFinished(() => under.destroy());
      const diaries = join(scratch, `diary-${seed}`);
      const books = Array.from(
        { length: OWNERS },
        (_, partition) => new OwnersBook(under.store, `${diaries}-${partition}`, `${partition}`),
      );
      for (let kill = 0; kill < KILLS; kill++) {
        const args = [under.folder, diaries, String(seed * 1000 + kill), fsync, String(OWNERS)];
        await killedProcess(args, random.fraction() * MOST_STEPS);
        for (const book of books) await book.compare();
      }
      for (const book of books) expect(book.steps).toBeGreaterThan(KILLS);
      expect(await temporaries(under.folder)).toEqual([]);
    },
  );
});

/** Starts a process with owners and kills it when so many steps of theirs are acknowledged, whatever they are doing then. */
async function killedProcess(args: readonly string[], steps: number): Promise<void> {
  const owners = startOwners(args);
  const gone = once(owners, 'exit');
  let told = 0;
  await new Promise<void>((enough) => {
    owners.once('exit', enough);
    owners.stdout.on('data', (chunk: Buffer) => {
      told += chunk.length;
      if (told > steps) enough();
    });
  });
  owners.kill('SIGKILL');
  expect(await gone).toEqual([null, 'SIGKILL']);
}

function startOwners(args: readonly string[]): ChildProcessByStdio<Writable, Readable, null> {
  return spawn(process.execPath, [child, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(scratch, 'compiled') },
  });
}

/** Compares what a partition holds with what its owner's diary says. */
class OwnersBook {
  readonly diary: string;
  /** Steps that were acknowledged. */
  steps = 0;
  readonly #store: QueueStore;
  readonly #partition: string;
  #content: number[] = [];
  #read = 0;

  constructor(store: QueueStore, diary: string, partition: string) {
    this.#store = store;
    this.diary = diary;
    this.#partition = partition;
  }

  async compare(): Promise<void> {
    const lines = (await readFile(this.diary, 'utf8').catch(() => '')).split('\n').slice(0, -1);
    const found = await everyNumber(this.#store, this.#partition);
    const { acknowledged, possible } = outcomes(this.#content, lines.slice(this.#read));
    const fits = possible.some((each) => each.join() === found.join());
    if (!fits) expect(found, lines.slice(-3).join('\n')).toEqual(possible[0]);
    this.#content = found;
    this.#read = lines.length;
    this.steps += acknowledged;
  }
}

/** What the store may hold after these lines of a diary: all that was acknowledged, and of the last step nothing, all, or of an add a part. */
function outcomes(before: readonly number[], lines: readonly string[]): { acknowledged: number; possible: number[][] } {
  let content = [...before];
  let acknowledged = 0;
  let open: string | undefined;
  for (const line of lines) {
    if (line === 'ok' && open !== undefined) {
      content = applied(content, open);
      acknowledged += 1;
      open = undefined;
    } else open = line;
  }
  if (open === undefined) return { acknowledged, possible: [content] };
  const possible = [content, applied(content, open)];
  const [step, ...added] = open.split(' ');
  if (step === 'add')
    for (let part = 1; part < added.length; part++) possible.push([...content, ...added.slice(0, part).map(Number)]);
  return { acknowledged, possible };
}

function applied(content: readonly number[], line: string): number[] {
  const [step, ...rest] = line.trim().split(' ');
  const values = rest.map(Number);
  if (step === 'add') return [...content, ...values];
  if (step === 'consume') return content.slice(values[0]);
  return [...content.slice(values[0]), ...values.slice(1)];
}

async function everyNumber(store: QueueStore, partition: string): Promise<number[]> {
  const claim = await store.claim(address({ partition }), 'who looks');
  const saved = await store.read(claim, claim.cursor, claim.count);
  const added = await store.readJournal(claim, claim.journalStart, claim.journalEnd - claim.journalStart);
  return [...saved, ...added].map(numberOf);
}
