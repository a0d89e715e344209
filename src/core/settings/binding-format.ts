import type { Binding, BindingProblem } from '../bindings/binding.ts';
import { BINDING_ATTRIBUTES } from '../bindings/binding-attributes.ts';
import { readBindings } from '../bindings/read-bindings.ts';
import { writeBinding } from '../bindings/write-binding.ts';
import { shownValue } from './read-settings.ts';
import { type ReadingDetail, right, type SchemaPart, type SettingFormat } from './setting-format.ts';

/** The bindings of channels and queues: texts in the style of Kamailio's attributes, or maps. */
export const bindingFormat: SettingFormat<readonly Binding[]> = {
  type: 'list of bindings',
  expected: 'bindings, for example channel=x;queue=y or queue=z;channel=x;mode=broadcast',
  placeholder: 'binding',
  list: true,
  schema: schemaOfAll(),
  read(raw) {
    const { bindings, problems } = readBindings(raw);
    if (problems.length === 0) return right(bindings);
    const details = problems.slice(0, MOST_PROBLEMS).map(bindingDetail);
    const left = problems.length - details.length;
    if (left > 0) details.push({ shown: undefined, problem: `has ${left} more mistakes`, expected: undefined });
    const problem = details.map(({ shown = 'it', problem: what }) => `${shown} ${what}`).join('; ');
    return { ok: false, problem, details, partial: bindings };
  },
  write: (bindings) => bindings.map(writeBinding),
};

/** Nobody reads more. */
const MOST_PROBLEMS = 100;

/** A problem of a binding as the errors of the configuration show it. */
export function bindingDetail({ binding, attribute, value, problem, expected }: BindingProblem): ReadingDetail {
  const parts = [attribute, value === undefined ? undefined : shownValue(value, false)];
  const what = parts.filter((part) => part !== undefined).join(' ');
  const shown = [binding, what].filter((part) => part !== '').join(': ');
  return { shown: shown === '' ? undefined : shown, problem, expected };
}

function schemaOfAll(): SchemaPart {
  const text = { type: 'string', pattern: 'channel[\\s\\S]*queue[\\s\\S]*=|queue[\\s\\S]*channel[\\s\\S]*=' };
  const properties = Object.fromEntries(
    Object.entries(BINDING_ATTRIBUTES).map(([name, { schema }]) => [name, { anyOf: [schema, { type: 'null' }] }]),
  );
  const map = { type: 'object', properties, required: ['channel', 'queue'], additionalProperties: false };
  return { anyOf: [text, map, { type: 'array', items: { anyOf: [text, map] } }] };
}
