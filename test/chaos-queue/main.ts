/** `make chaos-queue`. ROUNDS, SEED and STORES (`file redis valkey`) from the environment. Exit code 1 at the first round that goes wrong. */
import { machineHas } from '../machine.ts';
import { runChaos } from './chaos.ts';
import type { StoreKind } from './store-ground.ts';

const rounds = Number(process.env.ROUNDS || 1_000);
const seed = Number(process.env.SEED || Date.now() % 1_000_000);
const all: readonly StoreKind[] = ['file', 'redis', 'valkey'];
const wanted = (process.env.STORES || all.join(' ')).split(' ');
const stores = all.filter((kind) => wanted.includes(kind) && (kind === 'file' || machineHas(kind)));

const start = performance.now();
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const seconds = (): string => ((performance.now() - start) / 1_000).toFixed(0);

print(`${rounds} rounds on ${stores.join(', ')}, SEED=${seed}`);
try {
  const tally = await runChaos({
    rounds,
    seed,
    stores,
    progress: ({ rounds: done }) => {
      if (done % 50 === 0) print(`${done} rounds after ${seconds()} s`);
    },
  });
  print(String(tally));
  print(`${tally.rounds} rounds, ${tally.items} items added, 0 lost, 0 doubled, ${seconds()} s`);
} catch (error) {
  print(error instanceof Error ? error.message : String(error));
  print(`A round went wrong after ${seconds()} s. SEED=${seed}`);
  process.exitCode = 1;
}
