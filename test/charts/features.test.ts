import { beforeAll, describe, expect, it } from 'vitest';
import { machineHas } from '../machine.ts';
import { features } from './features.ts';
import { CHART, helm, type Manifest, render } from './helm.ts';
import { KubernetesSchemas } from './kubernetes-schemas.ts';
import { ofAnOperator, operatorComplaints } from './operator-types.ts';

/** What has to be unique, and what refers to it. */
const idOf = ({ kind, metadata: { name } }: Manifest): string => `${kind}/${name}`;

describe.skipIf(!machineHas('helm'))('the chart', () => {
  let schemas: KubernetesSchemas;
  beforeAll(() => {
    schemas = new KubernetesSchemas();
  });

  it('passes helm lint --strict', async () => {
    const { code, output } = await helm(['lint', '--strict', CHART]);
    expect(code, output).toBe(0);
  });

  describe.each(Object.entries(features))('with %s', (_, values) => {
    it('makes what Kubernetes 1.34 and the operators know, each object once', async () => {
      const objects = await render(values);
      const complaints = objects
        .filter((object) => !ofAnOperator(object))
        .flatMap((object) => schemas.complaints(object));
      expect(complaints).toEqual([]);
      expect(operatorComplaints(objects.filter(ofAnOperator))).toBe('');
      expect(objects.map(idOf)).toEqual([...new Set(objects.map(idOf))]);
    });
  });

  it('is held against schemas that see a field that is not there, and a wrong type', async () => {
    const [object] = (await render()).filter(({ kind }) => kind === 'StatefulSet');
    const { spec, ...rest } = object!;
    expect(schemas.complaints({ ...rest, spec: { ...spec, replica: 3 } } as Manifest).join()).toContain('"replica"');
    expect(schemas.complaints({ ...rest, spec: { ...spec, replicas: 'three' } } as Manifest).join()).toContain(
      '/spec/replicas',
    );
  });
});
