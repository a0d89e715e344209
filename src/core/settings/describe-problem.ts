import { escapeControls } from '../escape-controls.ts';
import { maskPasswords } from '../mask-passwords.ts';
import type { Origin, SettingProblem } from './read-settings.ts';

/** One line on what is wrong: setting, value, reason, where it stands, what would be right. Passwords in URLs are hidden. */
export function describeProblem(problem: SettingProblem): string {
  return escapeControls(maskPasswords(problemLine(problem)));
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
    case 'several':
      return inWords(origin.origins.map(describeOrigin));
    default:
      return origin.name;
  }
}

function inWords(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join() : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}

function problemLine({ setting, origin, shown, problem, expected }: SettingProblem): string {
  const value = shown === undefined ? '' : ` ${shown}`;
  const right = expected === undefined ? '' : `; expected ${expected}`;
  if (setting === '' || setting === originName(origin)) return `${describeOrigin(origin)}:${value} ${problem}${right}`;
  const place = origin.kind === 'default' ? '' : ` (${describeOrigin(origin)})`;
  return `${setting}:${value} ${problem}${place}${right}`;
}

/** An unknown variable or flag is called by its own name already, so that it needn't be said twice. */
function originName(origin: Origin): string | undefined {
  return origin.kind === 'variable' || origin.kind === 'flag' ? origin.name : undefined;
}
