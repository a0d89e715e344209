import { escapeControls } from '../../core/escape-controls.ts';
import type { Readiness } from '../../core/readiness.ts';

/** What keeps a node from being ready, one line a check, by the names that `/readyz?verbose` has. Empty for a node that is. */
export function failedChecks({ checks }: Pick<Readiness, 'checks'>): readonly string[] {
  return checks
    .filter(({ result }) => result === 'failed')
    .map(({ name, detail }) => escapeControls(`${name}: ${detail}`));
}
