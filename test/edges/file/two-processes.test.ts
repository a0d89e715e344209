import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { GuardedProcess } from '../../guarded-process.ts';
import { address } from '../../queues/store-content.ts';
import { measured } from '../../waiting.ts';
import { makeFileStore, memoryFolder, temporaries } from './file-store-under-test.ts';
import { numberOf } from './numbered-record.ts';

const child = fileURLToPath(new URL('contending-owner-child.ts', import.meta.url));

it('two processes that take one partition away from each other lose nothing that was acknowledged to either of them', async () => {
  const under = await makeFileStore({ parent: memoryFolder });
  onTestFinished(() => under.destroy());
  const lines: string[] = [];
  let there = 0;
  const owners = await Promise.all(
    [1, 2].map((seed) => {
      const args = [child, under.folder, String(seed), '50'];
      const onMessage = (): unknown => (there += 1);
      return GuardedProcess.start(process.execPath, args, { onLine: (line) => lines.push(line), onMessage });
    }),
  );
  await measured(30_000, () => expect(there).toBe(2));
  for (const owner of owners) owner.send({});
  for (const owner of owners)
    expect(await owner.exited, lines.slice(-10).join('\n')).toEqual({ code: 0, signal: null });

  const claim = await under.store.claim(address(), 'who looks');
  const saved = await under.store.read(claim, 0, claim.count);
  const added = await under.store.readJournal(claim, claim.journalStart, claim.journalEnd - claim.journalStart);
  const content = [...saved, ...added].map(numberOf);
  expect(new Set(content).size).toBe(content.length);

  const acknowledged = lines.filter((line) => line.startsWith('added ')).map((line) => line.split(' ').map(Number));
  const misplaced = acknowledged.filter(([, number = 0, place = 0]) => content[place] !== number);
  expect(misplaced).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(100);
  expect(lines.filter((line) => line === 'fenced').length).toBeGreaterThan(10);
  expect(await temporaries(under.folder)).toEqual([]);
}, 60_000);
