import { describe, expect, it } from 'vitest';
import {
  SETTING_DECLARATIONS,
  SETTING_NAMES,
  SETTING_SECTIONS,
} from '../../../src/core/settings/setting-declarations.ts';
import { overDefaults } from '../../../src/edges/config/convict-settings.ts';

const origin = { kind: 'default' } as const;

describe('settings laid over their defaults', () => {
  it('are the defaults where nothing was read, and these keep to their own formats', () => {
    const defaults = SETTING_NAMES.map((name) => [name, SETTING_DECLARATIONS[name].default]);
    expect(overDefaults(new Map())).toEqual(Object.fromEntries(defaults));
  });

  it('replace a default as a whole', () => {
    const admission = (value: unknown) => overDefaults(new Map([['admission', { value, origin }]])).admission;
    expect(admission({ kind: 'cidr', ranges: ['10.0.0.0/8'] })).toEqual({ kind: 'cidr', ranges: ['10.0.0.0/8'] });
    expect(admission({ kind: 'known' })).toEqual({ kind: 'known' });
  });

  it('refuse a value that its format could not have read', () => {
    expect(() => overDefaults(new Map([['ping_interval', { value: -1, origin }]]))).toThrow('is below 1');
  });

  it('stand in exactly one section of the reference', () => {
    const listed = SETTING_SECTIONS.flatMap(({ settings }) => Object.keys(settings));
    expect(listed.sort()).toEqual([...SETTING_NAMES].sort());
  });
});
