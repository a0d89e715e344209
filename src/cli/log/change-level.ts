import { escapeControls } from '../../core/escape-controls.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { NodeApi } from '../node-api/node-api.ts';
import { printAnswer } from '../node-api/print-answer.ts';
import { print } from '../print.ts';

export interface ChangeLevel {
  /** Undefined: it is only shown. */
  readonly level: string | undefined;
  readonly forS: number | undefined;
  readonly output: 'text' | 'json';
}

interface Answer {
  readonly level: string;
  readonly setting: string;
  readonly until?: string;
}

/** `kdmq log`. */
export async function changeLevel(api: NodeApi, { level, forS, output }: ChangeLevel): Promise<number> {
  if (level === undefined && forS !== undefined) {
    throw new CommandFailure(EXIT_CODES.usage, '--for needs a level: kdmq log debug --for 10m');
  }
  const path = '/log-level';
  const answer = await (level === undefined
    ? api.ask({ method: 'GET', path })
    : api.ask({ method: 'PUT', path, body: { level, for_s: forS } }));
  await (output === 'json' ? printAnswer(answer, output) : print(`${escapeControls(wordsFor(answer as Answer))}\n`));
  return EXIT_CODES.ok;
}

function wordsFor({ level, setting, until }: Answer): string {
  if (until !== undefined) return `${level} until ${until}, then ${setting}`;
  return level === setting ? level : `${level} (log_level is ${setting})`;
}
