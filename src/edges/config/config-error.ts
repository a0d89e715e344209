import { describeProblem } from '../../core/settings/describe-problem.ts';
import type { SettingProblem } from '../../core/settings/read-settings.ts';

/** The configuration can't be used. Holds everything that is wrong with it, not only the first thing. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    super(problems.map(describeProblem).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }

  /** One line for each thing that is wrong. */
  get lines(): readonly string[] {
    return this.problems.map(describeProblem);
  }
}
