import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/closing-line.ts';
import { LongestFirst } from './test/longest-first.ts';

/** Tests that mostly wait for real programs, and hold no time against a bar: two files at once. */
const beside = [
  'test/docs/pages.test.ts',
  'test/kamailio/**/*.test.ts',
  'test/examples/**/*.test.ts',
  'test/chaos-queue/**/*.test.ts',
  'test/charts/queries.test.ts',
  'test/edges/redis/{cluster,sentinel}.test.ts',
];

/** Tests that break networks, or need the machine's whole attention: one file after another. */
const alone = [
  'test/demo/**/*.test.ts',
  'test/interop/**/*.test.ts',
  'test/faults/**/*.test.ts',
  'test/dashboard/**/*.test.ts',
];

/** Need a Kubernetes cluster and an image in it: `make e2e`. */
const e2e = ['test/e2e/**/*.test.ts', 'test/image/**/*.test.ts'];

/** Of those: stops the API server and DNS, for all; and what asks nothing of either. */
const e2eOutages = ['test/e2e/07-outages.test.ts', 'test/image/image.test.ts'];

/** Of those: hold what they see against a bar of some seconds. */
const e2eMeasured = ['test/e2e/{01,02,03,05}-*.test.ts', 'test/e2e/controller.test.ts'];

const e2eTimeouts = { testTimeout: 130_000, hookTimeout: 130_000 };

/** Minutes of one core: `make simulate`. */
const long = ['test/simulation/thousand.test.ts'];

export default defineConfig({
  test: {
    retry: 0,
    // For the programs that tests start: reading TypeScript is half of what the start of one takes.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url)) },
    sequence: { sequencer: LongestFirst },
    reporters: ['default', new ClosingLine()],
    coverage: {
      provider: 'v8',
      include: ['src/core/**', 'src/bus/**', 'src/queues/**'],
      reporter: ['text-summary', 'html'],
      thresholds: { lines: 95 },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'parallel',
          include: ['test/**/*.test.ts'],
          exclude: [...beside, ...alone, ...e2e, ...long],
          sequence: { groupOrder: 0 },
          // One process on two cores, as vitest would have it, leaves half of the machine idle.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'beside',
          include: beside,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 130_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: alone,
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
          testTimeout: 130_000,
          hookTimeout: 60_000,
        },
      },
      { extends: true, test: { name: 'long', include: long } },
      {
        extends: true,
        test: { name: 'e2e-outages', include: e2eOutages, maxWorkers: 2, sequence: { groupOrder: 3 }, ...e2eTimeouts },
      },
      {
        extends: true,
        test: {
          name: 'e2e-measured',
          include: e2eMeasured,
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
          ...e2eTimeouts,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e-beside',
          include: e2e,
          exclude: [...e2eOutages, ...e2eMeasured],
          maxWorkers: 2,
          sequence: { groupOrder: 5 },
          ...e2eTimeouts,
        },
      },
    ],
  },
});
