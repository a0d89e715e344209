import { MQUEUE_ATTRIBUTES } from '../mqueue/mqueue-attributes.ts';
import type { MqueueDefinition } from '../mqueue/mqueue-definition.ts';
import type { MqueueProblem } from '../mqueue/mqueue-problem.ts';
import { type MqueueDefinitions, readMqueueDefinitions, readNamedMqueue } from '../mqueue/read-mqueue-definitions.ts';
import { writeMqueueDefinition } from '../mqueue/write-mqueue-definition.ts';
import { shownValue } from './read-settings.ts';
import type { Reading, ReadingDetail, SchemaPart, SettingFormat } from './setting-format.ts';
import { right } from './setting-format.ts';

type Queues = readonly MqueueDefinition[];

/** The queues of a node: texts as Kamailio writes them, or structured YAML. */
export const mqueueFormat: SettingFormat<Queues> = {
  type: 'list of queues',
  expected: 'definitions of queues, for example name=myq;size=20;dbmode=both',
  placeholder: 'definition',
  list: true,
  schema: schemaOfAll(),
  parts: {
    noun: 'queue',
    read: (raw, name) => readingOf(readNamedMqueue(raw, name)),
    names: (queues) => queues.map(({ name }) => name),
    lay: laidOver,
  },
  read: (raw) => readingOf(readMqueueDefinitions(raw)),
  write: (queues) => queues.map(writeMqueueDefinition),
};

/** A problem of a definition as the errors of the configuration show it. */
export function mqueueDetail({ queue, attribute, value, problem, expected }: MqueueProblem): ReadingDetail {
  const what = [attribute, value === undefined ? undefined : shownValue(value, false)].filter(
    (part) => part !== undefined,
  );
  const shown = [queue, what.join(' ')].filter((part) => part !== '').join(': ');
  return { shown: shown === '' ? undefined : shown, problem, expected };
}

/** Nobody reads more; a file that is not what it should be can hold a million. */
const MOST_PROBLEMS = 200;

function readingOf({ definitions, problems }: MqueueDefinitions): Reading<Queues> {
  if (problems.length === 0) return right(definitions);
  const details = problems.slice(0, MOST_PROBLEMS).map(mqueueDetail);
  const left = problems.length - details.length;
  if (left > 0) details.push({ shown: undefined, problem: `has ${left} more mistakes`, expected: undefined });
  return {
    ok: false,
    problem: details.map(({ shown = 'it', problem }) => `${shown} ${problem}`).join('; '),
    details,
    partial: definitions,
  };
}

function laidOver(queues: Queues, parts: Queues): Queues {
  const over = new Map(parts.map((queue) => [queue.name, queue]));
  const kept = queues.map((queue) => over.get(queue.name) ?? queue);
  return [...kept, ...parts.filter((part) => !queues.some(({ name }) => name === part.name))];
}

function schemaOfAll(): SchemaPart {
  const text = { type: 'string', pattern: '=' };
  const { name, ...others } = Object.fromEntries(
    Object.entries(MQUEUE_ATTRIBUTES).map(([attribute, { schema }]) => [
      attribute,
      { anyOf: [schema, { type: 'null' }] },
    ]),
  );
  const inside = { type: 'object', properties: others, additionalProperties: false };
  const named = MQUEUE_ATTRIBUTES.name.schema;
  const alone = { ...inside, properties: { name: named, ...others }, required: ['name'] };
  const byName = {
    type: 'object',
    propertyNames: named,
    additionalProperties: { anyOf: [inside, text, { type: 'null' }] },
  };
  return { anyOf: [text, alone, byName, { type: 'array', items: { anyOf: [text, alone] } }] };
}
