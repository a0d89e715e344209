import type { Finding } from './finding.ts';

const check = 'readiness';

/** Whether a text is what `/readyz?verbose` of a node of ours answers. */
export function isReadyzAnswer(text: string): boolean {
  return /^readyz check (?:passed|failed)$/m.test(text) && /^\[[-+]\]shutdown /m.test(text);
}

/**
 * What a node's `/readyz?verbose` says: one finding for each check that fails, with what to do, and one for each thing that it does without
 * at the moment.
 */
export function readinessFindings(text: string): readonly Finding[] {
  const failed = [...text.matchAll(/^\[-\](\S+) (.*)$/gm)].map(
    ([, name = '', detail = '']): Finding => ({
      check,
      level: 'error',
      what: `the node that runs here is not ready: ${name}: ${detail}`,
      next: nextFor(name, detail),
    }),
  );
  const without = [...text.matchAll(/^\[i\](\S+) (?:failing|unreachable|forbidden).*$/gm)].map(
    ([line, name = '']): Finding => ({
      check,
      level: 'warning',
      what: `the node that runs here is in trouble with ${name}: ${line.slice(`[i]${name} `.length)}`,
      next: nextFor(name, line),
    }),
  );
  if (failed.length > 0) return [...failed, ...without];
  return [{ check, level: 'ok', what: 'the node that runs here is ready' }, ...without];
}

function nextFor(name: string, detail: string): string {
  switch (name) {
    case 'shutdown':
      return 'It ends within shutdown_grace; its exit code says whether something was left (docs/runbooks.md#a-stop-that-saved-nothing-exit-codes-74-and-75).';
    case 'bus':
      return 'It looks for the nodes of notification_address: see names and nodes here, and docs/troubleshooting.md#nodes-dont-find-each-other.';
    case 'queues':
      return nextForQueues(detail);
    case 'dns':
      return 'The nodes that it knows stay; new ones are not found by name. See names here.';
    case 'store':
      return "Don't restart it meanwhile: docs/runbooks.md#kdmqstorefails.";
    case 'kubernetes':
      return 'The bus goes on without it: docs/runbooks.md#kdmqkubernetesaway.';
    default:
      return 'Its log says more.';
  }
}

/** Damage is not mended by waiting, and a fenced queue is not tried again. */
function nextForQueues(detail: string): string {
  if (/damaged at byte|items were committed/.test(detail)) {
    return 'A damaged queue is not served, though kdmq queue ls shows that its owner lives: put its backup in its place (docs/runbooks.md#a-queue-is-damaged).';
  }
  if (/\bfenced\b/.test(detail)) {
    return 'Another process has the queue and its owner does not take it back by itself: docs/runbooks.md#a-queue-is-fenced.';
  }
  return 'It is tried again until the queue is read; kdmq queue show and its log say why, docs/runbooks.md#kdmqqueuenotserved what to do.';
}
