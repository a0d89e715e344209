import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take a minute or more, the longest first: begun first, so that no core stands idle behind them at the end. */
const longest = [
  'test/simulation/large-bus.test.ts',
  'test/edges/sip/message-reader.test.ts',
  'test/docs/pages.test.ts',
  'test/e2e/04-upgrade.test.ts',
  'test/e2e/06-surroundings.test.ts',
  'test/e2e/06-host-network.test.ts',
  'test/e2e/09-mistakes.test.ts',
  'test/e2e/11-pages.test.ts',
];

/** The order of test files: those known to be long, then as vitest has it. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const long = longest.flatMap((file) => sorted.filter(({ moduleId }) => moduleId.endsWith(file)));
    return [...long, ...sorted.filter((file) => !long.includes(file))];
  }
}
