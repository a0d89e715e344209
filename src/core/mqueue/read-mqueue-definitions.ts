import { kindOf } from '../settings/setting-format.ts';
import { MQUEUE_ATTRIBUTES } from './mqueue-attributes.ts';
import type { MqueueDefinition } from './mqueue-definition.ts';
import type { MqueueProblem } from './mqueue-problem.ts';
import { splitMqueueText, type WrittenAttribute } from './mqueue-text.ts';
import { readMqueueDefinition, type WrittenMqueue } from './read-mqueue-definition.ts';

export interface MqueueDefinitions {
  /** Where there are problems: all whose names could be read, fit for no more than to look at names and dead letters. */
  readonly definitions: readonly MqueueDefinition[];
  readonly problems: readonly MqueueProblem[];
}

/**
 * Reads definitions of queues as any source has them: texts as Kamailio writes them, a map of attributes, a list of both, or a map from
 * names to attributes. Names every mistake in all of them.
 */
export function readMqueueDefinitions(raw: unknown): MqueueDefinitions {
  const problems: MqueueProblem[] = [];
  const found = writtenIn(raw, problems);
  const definitions: MqueueDefinition[] = [];
  const names = new Set<string>();
  for (const written of found) {
    const reading = readMqueueDefinition(written);
    const definition = reading.ok ? reading.definition : reading.standIn;
    if (!reading.ok) for (const problem of reading.problems) problems.push(problem);
    if (definition === undefined) continue;
    if (names.has(definition.name)) problems.push(twice(definition.name));
    else definitions.push(definition);
    names.add(definition.name);
  }
  return { definitions, problems };
}

/** Reads the one queue that a source gives under a name of its own, which `name=` within goes before. */
export function readNamedMqueue(raw: unknown, outerName: string): MqueueDefinitions {
  const place = `queue ${outerName}`;
  const wrongWhole = (problem: string): MqueueDefinitions => ({
    definitions: [],
    problems: [{ queue: place, attribute: undefined, value: raw, problem, expected: ATTRIBUTES }],
  });
  if (typeof raw !== 'string') return wrongWhole(`is ${kindOf(raw)}`);
  const [attributes = [], ...more] = splitMqueueText(raw);
  if (more.length > 0)
    return wrongWhole(`is ${more.length + 1} definitions: a ; goes between the attributes of one queue`);
  if (!attributes.some(([, value]) => value !== undefined)) return wrongWhole('holds no attribute');
  const reading = readMqueueDefinition({ place, attributes, outerName });
  return reading.ok
    ? { definitions: [reading.definition], problems: [] }
    : { definitions: reading.standIn === undefined ? [] : [reading.standIn], problems: reading.problems };
}

const ATTRIBUTES = 'attributes of a queue, as size=20;dbmode=both';

/** The problem of a second queue of one name. */
function twice(name: string): MqueueProblem {
  return { queue: `queue ${name}`, attribute: undefined, problem: 'is defined twice', expected: 'each name once' };
}

function writtenIn(raw: unknown, problems: MqueueProblem[]): readonly WrittenMqueue[] {
  if (typeof raw === 'string') return inText(raw, problems, '');
  if (Array.isArray(raw)) {
    return raw.flatMap((item: unknown, index): readonly WrittenMqueue[] => {
      if (typeof item === 'string') return inText(item, problems, raw.length === 1 ? '' : `item ${index + 1}`);
      if (isMap(item)) return [{ place: `item ${index + 1}`, attributes: Object.entries(item) }];
      problems.push(notOne(`item ${index + 1}`, item));
      return [];
    });
  }
  if (!isMap(raw)) {
    problems.push(notOne('', raw));
    return [];
  }
  if (isOneQueue(raw)) return [{ place: 'the definition', attributes: Object.entries(raw) }];
  return Object.entries(raw).flatMap(([name, value]) => namedByKey(name, value, problems));
}

function inText(text: string, problems: MqueueProblem[], item: string): readonly WrittenMqueue[] {
  const found = splitMqueueText(text);
  if (found.length === 0)
    problems.push({ queue: item, attribute: undefined, problem: 'is empty', expected: DEFINITION });
  return found.map((attributes, index) => {
    const place = `definition ${index + 1} (${attributes.map(written).join(';').slice(0, 100)})`;
    return { place: item === '' ? place : found.length === 1 ? item : `${item}, ${place}`, attributes };
  });
}

const DEFINITION = 'a definition, as name=myq;size=20;dbmode=both';

function written([name, value]: WrittenAttribute): string {
  return value === undefined ? name : `${name}=${String(value)}`;
}

function namedByKey(name: string, value: unknown, problems: MqueueProblem[]): readonly WrittenMqueue[] {
  const place = `queue ${name}`;
  const one = (attributes: readonly WrittenAttribute[]): readonly WrittenMqueue[] => [
    { place, attributes, outerName: name, outerNameBinds: true },
  ];
  if (value === null || value === undefined) return one([]);
  if (isMap(value)) return one(Object.entries(value));
  const found = typeof value === 'string' ? splitMqueueText(value) : undefined;
  if (found !== undefined && found.length <= 1) return one(found[0] ?? []);
  const problem = found === undefined ? `is ${kindOf(value)}` : `is ${found.length} definitions`;
  problems.push({ queue: place, attribute: undefined, value, problem, expected: `${ATTRIBUTES}, or a map of them` });
  return [];
}

/** In a map of one queue's attributes the values are plain; in a map of queues they are attributes again, and `size` may be a queue. */
function isOneQueue(map: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(map).some(([key, value]) => {
    const plain = typeof value === 'number' || (typeof value === 'string' && !value.includes('='));
    return plain && Object.hasOwn(MQUEUE_ATTRIBUTES, key);
  });
}

function notOne(queue: string, raw: unknown): MqueueProblem {
  return { queue, attribute: undefined, value: raw, problem: `is ${kindOf(raw)}`, expected: DEFINITION };
}

function isMap(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}
