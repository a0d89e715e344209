import { afterEach, beforeEach, describe } from 'vitest';
import { claimContract } from './contract/claims.ts';
import { contentContract } from './contract/contents.ts';
import { ContractWorld, type StoreUnderTest } from './contract/contract-world.ts';
import { nameContract } from './contract/names.ts';
import { saveContract } from './contract/saves.ts';
import { viewContract } from './contract/views.ts';

/** What every store of queues does. Call it inside a `describe.skipIf` where the machine may lack what the store needs. */
export function queueStoreContract(name: string, makeStore: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the contract of a queue store`, () => {
    const world = new ContractWorld();
    beforeEach(async () => world.begin(await makeStore()));
    afterEach(() => world.under.destroy());

    claimContract(world);
    contentContract(world);
    saveContract(world);
    viewContract(world);
    nameContract(world);
  });
}
