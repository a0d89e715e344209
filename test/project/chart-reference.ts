import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { isMap, isScalar, type Pair, parseDocument, stringify, type YAMLMap } from 'yaml';
import { settingsSchema } from '../../src/core/settings/settings-schema.ts';
import { kubernetesTypes, withKubernetesTypes } from './kubernetes-types.ts';
import { plainAlternatives } from './plain-alternatives.ts';

const chart = new URL('../../charts/kdmq/', import.meta.url);
const fileOf = (name: string): string => fileURLToPath(new URL(name, chart));

/** The values of the chart, and what is made from them and from the settings of the node. */
export const CHART_FILES = {
  values: fileOf('values.yaml'),
  readme: fileOf('README.md'),
  schema: fileOf('values.schema.json'),
};

/** A value of the chart that is described as a whole, and what it is by default. */
interface ChartValue {
  readonly path: readonly string[];
  readonly description: string;
  readonly byDefault: unknown;
}

/** The values of values.yaml, each with the comment above it. Throws when one has none. */
export function chartValues(yaml: string): ChartValue[] {
  const document = parseDocument(yaml);
  if (document.errors[0] !== undefined) throw document.errors[0];
  return valuesOf(document.contents as YAMLMap, []);
}

function valuesOf(map: YAMLMap, above: readonly string[]): ChartValue[] {
  return map.items.flatMap((pair, index) => {
    const path = [...above, String(isScalar(pair.key) ? pair.key.value : pair.key)];
    const description = commentOf(pair, index === 0 ? map : undefined);
    // The values of a group are described one by one, the group itself is not.
    if (isMap(pair.value) && description === undefined) return valuesOf(pair.value, path);
    if (description === undefined) throw new Error(`values.yaml: ${path.join('.')} has no comment above it`);
    const grouped = isMap(pair.value) && hasComments(pair.value) ? valuesOf(pair.value, path) : [];
    const byDefault = (pair.value as { toJSON(): unknown }).toJSON();
    return grouped.length > 0 ? grouped : [{ path, description, byDefault }];
  });
}

/** The comment above the first entry of a map belongs to the map, as the parser sees it. */
function commentOf(pair: Pair, first: YAMLMap | undefined): string | undefined {
  const comment = (isScalar(pair.key) ? pair.key.commentBefore : undefined) ?? first?.commentBefore;
  return comment?.split('\n').at(-1)?.trim();
}

const hasComments = (map: YAMLMap): boolean =>
  map.items.some((pair, index) => commentOf(pair, index === 0 ? map : undefined));

interface SchemaNode {
  $ref?: string;
  description?: string;
  properties?: Record<string, SchemaNode>;
  [keyword: string]: unknown;
}

/** The schema with the comments of values.yaml as its descriptions, and with the settings that `config` may hold. */
export function withDescriptions(schemaText: string, yaml: string): string {
  const schema = JSON.parse(schemaText) as SchemaNode;
  for (const { path, description } of chartValues(yaml)) describe(schema, path, description);
  const config = schema.properties?.config;
  Object.assign(config ?? {}, { type: 'object', additionalProperties: false, properties: settingProperties() });
  // Helm's regular expressions are those of Go, which look neither ahead nor back.
  const inGo = (key: string, value: unknown) =>
    key === 'pattern' && /\(\?<?[!=]/.test(String(value)) ? undefined : value;
  return `${JSON.stringify(schema, inGo, 2)}\n`;
}

/** What a setting may be, so that Helm complains in one line. That it may be nothing is left out: it would be named in each complaint about it. */
function settingProperties(): Record<string, unknown> {
  const properties = Object.entries(settingsSchema().properties as Record<string, { anyOf: [object, object] }>);
  return Object.fromEntries(
    properties.map(
      ([
        name,
        {
          anyOf: [schema],
          ...rest
        },
      ]) => [name, plainAlternatives({ ...rest, ...schema })],
    ),
  );
}

function describe(schema: SchemaNode, path: readonly string[], description: string): void {
  let node: SchemaNode | undefined = schema;
  for (const name of path) node = node?.properties?.[name];
  if (node === undefined) throw new Error(`values.schema.json: ${path.join('.')} of values.yaml is not in it`);
  // Draft 7 overlooks what stands beside a reference; those who show descriptions do not.
  node.description = description;
}

const BEGIN = '<!-- values: made by test/project/chart-reference.ts -->';
const END = '<!-- end of values -->';

/** The README with the table of values made anew. Throws when a mark is missing. */
export function withValues(readme: string, yaml: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`README.md has to hold "${BEGIN}" and, later, "${END}"`);
  const rows = chartValues(yaml).map(
    ({ path, description, byDefault }) =>
      `| \`${path.join('.')}\` | ${description.replaceAll('|', '\\|')} | ${inline(byDefault)} |\n`,
  );
  const table = `| value | what it is | default |\n| --- | --- | --- |\n${rows.join('')}`;
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${table}\n${readme.slice(end)}`;
}

/** A default as it could stand in values.yaml, in one line. */
function inline(value: unknown): string {
  const text = stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true }).trim();
  return `\`${text}\``;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const yaml = readFileSync(CHART_FILES.values, 'utf8');
  const schema = withKubernetesTypes(readFileSync(CHART_FILES.schema, 'utf8'), kubernetesTypes());
  writeFileSync(CHART_FILES.schema, withDescriptions(schema, yaml));
  writeFileSync(CHART_FILES.readme, withValues(readFileSync(CHART_FILES.readme, 'utf8'), yaml));
}
