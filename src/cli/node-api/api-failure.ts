import { escapeControls } from '../../core/escape-controls.ts';
import type { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { NodeDoor } from './node-door.ts';
import { NodeRefusal } from './node-refusal.ts';

const CODES: Readonly<Record<number, CommandFailure['exitCode']>> = {
  400: EXIT_CODES.usage,
  401: EXIT_CODES.refused,
  403: EXIT_CODES.refused,
  404: EXIT_CODES.missing,
  409: EXIT_CODES.refused,
  410: EXIT_CODES.refused,
  413: EXIT_CODES.data,
  429: EXIT_CODES.unavailable,
  503: EXIT_CODES.unavailable,
  507: EXIT_CODES.unavailable,
};

/** What a node's refusal means to who typed the command. `problem` is the JSON of its answer (RFC 9457), where it sent some. `retryAfter` is its header. */
export function apiFailure(
  { name: node, tokenHint }: NodeDoor,
  status: number,
  problem: unknown,
  retryAfter?: string,
): NodeRefusal {
  const { detail, code } = (typeof problem === 'object' && problem !== null ? problem : {}) as Record<string, unknown>;
  const words = typeof detail === 'string' ? escapeControls(detail) : `it answers ${status}`;
  const name = typeof code === 'string' ? ` (${escapeControls(code)})` : '';
  const seconds = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) : undefined;
  return new NodeRefusal(
    CODES[status] ?? EXIT_CODES.unavailable,
    `${node}: ${words}${name}${nextStep(status, name, tokenHint)}`,
    { status, problem, retryAfterMs: seconds === undefined ? undefined : seconds * 1_000 },
  );
}

function nextStep(status: number, code: string, tokenHint: string): string {
  if (code === ' (CERTIFICATE_MISSING)') return '. Show one that the node trusts with --certificate and --private-key';
  if (status === 401) return `. Give its token with --token-file, KDMQ_TOKEN_FILE or KDMQ_TOKEN${tokenHint}`;
  if (status === 404 && code === '') return '. Is that the http_listen of a kdmq, of a version that has this command?';
  return '';
}
