import { stat } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { address, everything, items, save } from '../../queues/store-content.ts';
import { makeFileStore, memoryFolder, paths } from './file-store-under-test.ts';

it('a cursor that moves for each of many items does not make the files grow without end', async () => {
  const under = await makeFileStore({ fsync: 'no', parent: memoryFolder });
  let claim = await under.store.claim(address(), 'one');
  claim = await save(under.store, claim, 's1', items(6001));
  let largest = 0;
  while (claim.cursor < 6000) {
    claim = await under.store.moveCursor(claim, claim.cursor + 1);
    if (claim.cursor % 1000 !== 0) continue;
    for (const path of await paths(under.folder))
      if (path.endsWith('.journal')) largest = Math.max(largest, (await stat(path)).size);
  }
  expect(largest).toBeGreaterThan(0);
  expect(largest).toBeLessThan(110_000);
  const other = await under.connect();
  expect(await everything(other, await other.claim(address(), 'two'))).toEqual(['item 0006000']);
  await under.destroy();
}, 60_000);
