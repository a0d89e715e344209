import { closestName } from '../closest-name.ts';
import { meant } from '../settings/setting-format.ts';
import { MQUEUE_ATTRIBUTE_NAMES, MQUEUE_ATTRIBUTES, type MqueueAttributes } from './mqueue-attributes.ts';
import { mqueueContradictions } from './mqueue-contradictions.ts';
import type { MqueueDefinition } from './mqueue-definition.ts';
import type { MqueueProblem } from './mqueue-problem.ts';
import type { WrittenAttribute } from './mqueue-text.ts';

/** 256 MiB: a queue without a limit of its own must not take all the memory of a pod. */
const DEFAULT_MAX_BYTES = 268_435_456;

/** One definition as it is written, taken apart. */
export interface WrittenMqueue {
  /** Stands for the queue in errors as long as its name is not known. */
  readonly place: string;
  readonly attributes: readonly WrittenAttribute[];
  /** The name where it stands outside, as the key of a map: it may be left out within. */
  readonly outerName?: string;
  /** What `outerName` is, where a name within must be the same. */
  readonly outerNameBinds?: boolean;
}

export type MqueueReading =
  | { readonly ok: true; readonly definition: MqueueDefinition }
  /** `standIn` has the name of the queue and its dead letter, where they could be read: enough to look at the queues together. */
  | { readonly ok: false; readonly standIn: MqueueDefinition | undefined; readonly problems: readonly MqueueProblem[] };

/** Reads one definition and fills in its defaults. Names every mistake in it; whether its dead letter is a queue is seen later. */
export function readMqueueDefinition(written: WrittenMqueue): MqueueReading {
  const { attributes, outerName } = written;
  const name = nameOf(written);
  const queue = name === undefined ? written.place : `queue ${name}`;
  const given: Partial<Record<keyof MqueueAttributes, unknown>> = {};
  const problems: MqueueProblem[] = [];
  const seen = new Set<string>();
  const all: readonly WrittenAttribute[] =
    outerName === undefined || attributes.some(([attribute]) => attribute === 'name')
      ? attributes
      : [['name', outerName], ...attributes];
  for (const [attribute, value] of all) {
    const at = (problem: string, expected: string | undefined): void => {
      problems.push({ queue, attribute, value, problem, expected });
    };
    if (!isAttribute(attribute)) {
      problems.push({
        queue,
        attribute,
        problem: 'is not an attribute of a queue',
        expected: attributeMeant(attribute),
      });
    } else if (seen.has(attribute)) at('is given twice', 'each attribute once');
    else if (value === undefined) at('has no value', `${attribute}= and ${MQUEUE_ATTRIBUTES[attribute].expected}`);
    else if (value !== null) {
      const { expected, read } = MQUEUE_ATTRIBUTES[attribute];
      const reading = read(value);
      if (reading.ok) given[attribute] = reading.value;
      else at(`${reading.problem}${meant(reading.suggestion)}`, expected);
    }
    seen.add(attribute);
  }
  if (name === undefined && (!seen.has('name') || all.some(([key, value]) => key === 'name' && value === null))) {
    problems.push({ queue, attribute: undefined, problem: 'has no name', expected: NAMED });
  }
  if (written.outerNameBinds === true && name !== undefined && name !== outerName) {
    problems.push({
      queue,
      attribute: 'name',
      problem: `is not that of the key, ${outerName}`,
      expected: 'one of the two',
    });
  }
  // Each value is what the format of its attribute gave.
  const values = given as Partial<MqueueAttributes>;
  if (name === undefined) return { ok: false, standIn: undefined, problems };
  const definition = withDefaults(name, values);
  problems.push(...mqueueContradictions(definition, values));
  return problems.length === 0 ? { ok: true, definition } : { ok: false, standIn: standIn(definition), problems };
}

const NAMED = 'an attribute name=, with a ; between the attributes of one queue';

function withDefaults(name: string, given: Partial<MqueueAttributes>): MqueueDefinition {
  const dbMode = given.dbmode ?? (given.durability === 'always' ? 'both' : 'none');
  return {
    name,
    size: given.size ?? 0,
    maxBytes: given.max_bytes ?? DEFAULT_MAX_BYTES,
    dbMode,
    addMode: given.addmode ?? 'append',
    durability: given.durability ?? (dbMode === 'none' ? 'none' : 'stop'),
    leaseMs: given.lease_ms ?? 0,
    ttlMs: given.ttl_ms ?? 0,
    delayMs: given.delay_ms ?? 0,
    maxDeliveries: given.max_deliveries ?? 0,
    deadLetter: given.dead_letter,
  };
}

function standIn({ name, deadLetter }: MqueueDefinition): MqueueDefinition {
  const bare = withDefaults(name, {});
  return deadLetter === undefined ? bare : { ...bare, deadLetter, leaseMs: 1, maxDeliveries: 1 };
}

/** The name, when it is one; the first where it is given twice. */
function nameOf({ attributes, outerName }: WrittenMqueue): string | undefined {
  const inner = attributes.find(([attribute]) => attribute === 'name');
  const reading = MQUEUE_ATTRIBUTES.name.read(inner === undefined ? outerName : inner[1]);
  return reading.ok ? reading.value : undefined;
}

function isAttribute(name: string): name is keyof MqueueAttributes {
  return Object.hasOwn(MQUEUE_ATTRIBUTES, name);
}

function attributeMeant(written: string): string {
  const closest = closestName(written, MQUEUE_ATTRIBUTE_NAMES);
  return closest === undefined ? `one of ${MQUEUE_ATTRIBUTE_NAMES.join(', ')}` : `${closest}, if that was meant`;
}
