import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { SETTING_NAMES } from '../../src/core/settings/setting-declarations.ts';
import { REFERENCE_PAGE, withReference } from './configuration-reference.ts';

const page = readFileSync(REFERENCE_PAGE, 'utf8');

describe('docs/configuration.md', () => {
  it('is up to date; if not: node test/project/configuration-reference.ts', () => {
    expect(withReference(page)).toBe(page);
  });

  it.each(SETTING_NAMES)('has a row and a meaning for %s', (name) => {
    expect(page).toContain(`| [\`${name}\`](#${name}) | \`KDMQ_${name.toUpperCase()}\` |`);
    expect(page).toContain(`#### \`${name}\``);
  });

  it.each(Object.entries(EXIT_CODES))('explains the exit code for %s', (_, code) => {
    expect(page).toContain(`| ${code} |`);
  });
});
