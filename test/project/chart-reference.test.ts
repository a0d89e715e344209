import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHART_FILES, chartValues, withDescriptions, withValues } from './chart-reference.ts';

const read = (file: string) => readFileSync(file, 'utf8');
const yaml = read(CHART_FILES.values);

describe('the chart', () => {
  it('has a README with all values; if not: make chart', () => {
    expect(withValues(read(CHART_FILES.readme), yaml)).toBe(read(CHART_FILES.readme));
  });

  it('has a schema with all values and all settings of the node; if not: make chart', () => {
    expect(withDescriptions(read(CHART_FILES.schema), yaml)).toBe(read(CHART_FILES.schema));
  });

  it('describes each value', () => {
    expect(() => chartValues('# One.\none: 1\ntwo: 2\n')).toThrow('values.yaml: two has no comment above it');
    expect(() => withDescriptions('{"properties": {}}', '# One.\none: 1\n')).toThrow(
      'values.schema.json: one of values.yaml is not in it',
    );
  });
});
