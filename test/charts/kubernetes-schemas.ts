import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { kubernetesSchemas } from '../machine.ts';
import type { Manifest } from './helm.ts';

const read = (name: string): object => JSON.parse(readFileSync(join(kubernetesSchemas, name), 'utf8'));

/** Holds objects against the JSON Schemas of Kubernetes 1.34, in which no field is allowed that it does not know. */
export class KubernetesSchemas {
  // The schemas hold formats and keywords of Kubernetes' own.
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });

  constructor() {
    this.#ajv.addSchema(read('_definitions.json'), '_definitions.json');
  }

  /** What is wrong with an object; empty when nothing is. Throws when Kubernetes has no such kind. */
  complaints({ apiVersion, kind, ...rest }: Manifest): string[] {
    const [version = '', group] = apiVersion.split('/').reverse();
    const name = [kind.toLowerCase(), ...(group === undefined ? [] : [group.split('.')[0]]), version].join('-');
    const check = this.#ajv.getSchema(name) ?? this.#ajv.addSchema(read(`${name}.json`), name).getSchema(name);
    if (check?.({ apiVersion, kind, ...rest })) return [];
    return (check?.errors ?? []).map(({ instancePath, message, params }) =>
      [kind, rest.metadata.name, instancePath, message, JSON.stringify(params)].join(' '),
    );
  }
}
