import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { machineHas } from '../machine.ts';
import { CHART_FILES, chartValues, withDescriptions, withValues } from './chart-reference.ts';
import { kubernetesTypes, withKubernetesTypes } from './kubernetes-types.ts';

const read = (file: string) => readFileSync(file, 'utf8');
const yaml = read(CHART_FILES.values);

describe('the chart', () => {
  it('has a README with all values; if not: make chart', () => {
    expect(withValues(read(CHART_FILES.readme), yaml)).toBe(read(CHART_FILES.readme));
  });

  it('has a schema with all values and all settings of the node; if not: make chart', () => {
    expect(withDescriptions(read(CHART_FILES.schema), yaml)).toBe(read(CHART_FILES.schema));
  });

  it.skipIf(!machineHas('helm'))(
    'has the types of Kubernetes in its schema that it refers to; if not: make chart',
    () => {
      const schema = JSON.parse(read(CHART_FILES.schema));
      const made = JSON.parse(withKubernetesTypes(JSON.stringify(schema), kubernetesTypes()));
      expect(Object.keys(made.definitions)).toContain('Toleration');
      expect(made).toEqual(schema);
    },
  );

  it('refers to no type that Kubernetes does not have', () => {
    const schema = { definitions: {}, properties: { a: { $ref: '#/definitions/Tolerance' } } };
    expect(() => withKubernetesTypes(JSON.stringify(schema), {})).toThrow(
      'Kubernetes has no Tolerance in io.k8s.api.core',
    );
  });

  it('describes each value', () => {
    expect(() => chartValues('# One.\none: 1\ntwo: 2\n')).toThrow('values.yaml: two has no comment above it');
    expect(() => withDescriptions('{"properties": {}}', '# One.\none: 1\n')).toThrow(
      'values.schema.json: one of values.yaml is not in it',
    );
  });
});
