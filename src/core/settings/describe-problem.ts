import type { Origin, SettingProblem } from './read-settings.ts';

/** One line on what is wrong: setting, value, reason, where it stands, what would be right. */
export function describeProblem({ setting, origin, shown, problem, expected }: SettingProblem): string {
  const value = shown === undefined ? '' : ` ${shown}`;
  const right = expected === undefined ? '' : `; expected ${expected}`;
  return `${nameOf(setting, origin)}:${value} ${problem}${place(origin)}${right}`;
}

/** Where a value comes from, for people: "KDMQ_LISTEN", "/etc/kdmq/config.yaml line 3". */
export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'default':
      return 'default';
    case 'derived':
      return `from ${origin.from}`;
    case 'file':
      return origin.line === undefined ? origin.path : `${origin.path} line ${origin.line}`;
    default:
      return origin.name;
  }
}

/** An unknown variable or flag is called by its own name already. */
function nameOf(setting: string, origin: Origin): string {
  return setting === '' ? describeOrigin(origin) : setting;
}

function place(origin: Origin): string {
  return origin.kind === 'default' ? '' : ` (${describeOrigin(origin)})`;
}
