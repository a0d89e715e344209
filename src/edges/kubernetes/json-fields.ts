/** A field of what came as JSON, undefined when it is no object or has none of that name. Answers are not trusted to have their shape. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

export function textField(value: unknown, name: string): string | undefined {
  const text = field(value, name);
  return typeof text === 'string' ? text : undefined;
}

export function listField(value: unknown, name: string): readonly unknown[] {
  const list = field(value, name);
  return Array.isArray(list) ? list : [];
}

/** Milliseconds since 1970 for a time as RFC 3339 has it. */
export function timeField(value: unknown, name: string): number | undefined {
  const time = Date.parse(textField(value, name) ?? '');
  return Number.isNaN(time) ? undefined : time;
}
