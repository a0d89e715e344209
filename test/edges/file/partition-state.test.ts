import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { emptyState } from '../../../src/edges/file/next-state.ts';
import { readState, writeState } from '../../../src/edges/file/partition-state.ts';
import { address } from '../../queues/store-content.ts';
import { memoryFolder } from './file-store-under-test.ts';

it('two who write the claim file at the same time do not mix: it is the one or the other, whole', async () => {
  const folder = await mkdtemp(join(memoryFolder, 'kdmq-claim-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const owners = ['a', 'b'.repeat(5_000)];
  for (let round = 0; round < 100; round++) {
    const states = owners.map((owner) => ({ ...emptyState(address(), round), owner }));
    await Promise.all(states.map((state) => writeState(folder, state, 0, () => {})));
    expect(states).toContainEqual(await readState(folder));
  }
});
