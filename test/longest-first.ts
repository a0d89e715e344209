import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take a minute: begun first, so that no core stands idle behind them at the end. */
const longest = ['test/simulation/large-bus.test.ts', 'test/edges/sip/message-reader.test.ts'];

/** The order of test files: those known to be long, then as vitest has it. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): boolean => longest.some((file) => moduleId.endsWith(file));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
