import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubernetesSchemas } from '../machine.ts';

/** A piece of JSON Schema. */
type Schema = Readonly<Record<string, unknown>>;

/** All types of Kubernetes by their full names, `io.k8s.api.core.v1.Toleration`. Throws when `test/install` has not put them on this machine. */
export function kubernetesTypes(): Readonly<Record<string, Schema>> {
  return JSON.parse(readFileSync(join(kubernetesSchemas, '_definitions.json'), 'utf8')).$defs;
}

/** Where a type that is named without its group is looked for. */
const GROUPS = ['io.k8s.api.core.v1', 'io.k8s.api.networking.v1', 'io.k8s.api.autoscaling.v2'];

/**
 * The schema of the values with the types of Kubernetes that it refers to, as `#/definitions/Toleration`, and those that these refer to. Definitions
 * of its own begin with a small letter. A chart can't refer to files, and a field that Kubernetes does not know shall stop the installation.
 */
export function withKubernetesTypes(schemaText: string, types: Readonly<Record<string, Schema>>): string {
  const { definitions, ...rest } = JSON.parse(schemaText) as Schema & { definitions: Schema };
  const own = Object.fromEntries(Object.entries(definitions).filter(([name]) => !isOfKubernetes(name)));
  const found = new Map<string, string>();
  const wanted = referredTo({ own, rest }).filter(isOfKubernetes).map(fullName);
  const taken: Record<string, unknown> = {};
  for (let full = wanted.pop(); full !== undefined; full = wanted.pop()) {
    const name = shortName(full);
    if (found.has(name) && found.get(name) !== full) throw new Error(`${full} and ${found.get(name)} are both ${name}`);
    if (found.has(name)) continue;
    found.set(name, full);
    wanted.push(...referredTo(types[full]));
    taken[name] = plain(types[full]);
  }
  const sorted = Object.fromEntries(Object.entries(taken).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify({ ...before(rest), definitions: { ...own, ...sorted }, ...after(rest) });

  function fullName(name: string): string {
    const full = GROUPS.map((group) => `${group}.${name}`).find((each) => each in types);
    if (full === undefined) throw new Error(`values.schema.json: Kubernetes has no ${name} in ${GROUPS.join(', ')}`);
    return full;
  }
}

const isOfKubernetes = (name: string): boolean => /^[A-Z]/.test(name);
const shortName = (full: string): string => full.slice(full.lastIndexOf('.') + 1);

/** The definitions stand in front of the values. */
const before = ({ properties: _, ...others }: Schema): Schema => others;
const after = ({ properties }: Schema): Schema => ({ properties });

/** What the references in a schema end in. */
function referredTo(schema: unknown): string[] {
  return [...JSON.stringify(schema).matchAll(/"\$ref":"#\/(?:\$defs|definitions)\/([^"]+)"/g)].map(
    ([, name = '']) => name,
  );
}

/** Without what a chart has no use for: descriptions, formats, and that each field may be null, which each complaint would name. */
function plain(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(plain);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { $ref, type, oneOf, properties, additionalProperties, items, required } = schema as Schema;
  if ($ref !== undefined) return { $ref: `#/definitions/${shortName(String($ref))}` };
  const types = [type ?? (oneOf as Schema[] | undefined)?.map((each) => each.type) ?? []].flat(2);
  const named = types.filter((each) => each !== 'null');
  return {
    ...(named.length > 0 && { type: named.length === 1 ? named[0] : named }),
    ...(required !== undefined && { required }),
    ...(additionalProperties !== undefined && { additionalProperties: plain(additionalProperties) }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(Object.entries(properties as Schema).map(([name, each]) => [name, plain(each)])),
    }),
    ...(items !== undefined && { items: plain(items) }),
  };
}
