import { stringify } from 'yaml';
import { print } from '../print.ts';

/** An answer for programs. */
export function printAnswer(answer: unknown, output: 'json' | 'yaml'): Promise<void> {
  return print(output === 'yaml' ? stringify(answer) : `${JSON.stringify(answer, undefined, 2)}\n`);
}
