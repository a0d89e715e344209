/** A piece of JSON Schema. */
type Schema = Readonly<Record<string, unknown>>;

/**
 * The same schema without `anyOf` where the kind of the value says which alternative is meant: whoever checks against it complains of that one, in
 * one line, and not of all in turn. For alternatives of different types, and for two kinds of objects of which one has a text that it needs.
 */
export function plainAlternatives(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(plainAlternatives);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { anyOf, ...rest } = schema as Schema;
  const others = Object.fromEntries(Object.entries(rest).map(([name, part]) => [name, plainAlternatives(part)]));
  if (!Array.isArray(anyOf)) return others;
  const branches = (anyOf as Schema[]).map((branch) => plainAlternatives(branch) as Schema);
  const types = branches.map(typesOf);
  if (types.some((each) => each.length === 0)) return { ...others, anyOf: branches };
  const [first, last] = branches;
  if (branches.length === 2 && last?.type === 'null') return { ...others, ...orNothing(first as Schema) };
  return { ...others, type: [...new Set(types.flat())], ...chosen(branches) };
}

/** The types of values that a schema is for; none when it does not say so. */
function typesOf({ type, enum: words }: Schema): readonly string[] {
  if (type !== undefined) return [type].flat() as string[];
  return Array.isArray(words) ? [...new Set(words.map((word) => typeof word as string))] : [];
}

function orNothing(schema: Schema): Schema {
  const { type, enum: words } = schema;
  return {
    ...schema,
    ...(type === undefined ? {} : { type: [...typesOf(schema), 'null'] }),
    ...(Array.isArray(words) ? { enum: [...words, null] } : {}),
  };
}

function chosen([first, ...rest]: readonly Schema[]): Schema {
  if (first === undefined) return {};
  const otherwise = rest.length === 0 ? {} : { else: chosen(rest) };
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  return { if: markOf(first, rest), then: first, ...otherwise };
}

/** What tells values of this alternative from those of the ones behind it. */
function markOf(schema: Schema, others: readonly Schema[]): Schema {
  const required = (schema.required ?? []) as string[];
  const isOneOfTwo = schema.type === 'object' && others.some(({ type }) => type === 'object');
  if (!isOneOfTwo || required.length === 0) return { type: typesOf(schema) };
  return {
    type: 'object',
    required,
    properties: Object.fromEntries(required.map((name) => [name, { type: 'string' }])),
  };
}
