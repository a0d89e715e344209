import { closestName } from '../closest-name.ts';
import type { MqueueDefinition } from './mqueue-definition.ts';
import type { MqueueProblem } from './mqueue-problem.ts';

/** Dead letters that have nowhere to go: to no queue, or round and round. Looks at all queues of a node together. */
export function deadLetterProblems(definitions: readonly MqueueDefinition[]): readonly MqueueProblem[] {
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  const inCycle = new Set<string>();
  return definitions.flatMap(({ name, deadLetter }) => {
    if (deadLetter === undefined || inCycle.has(name)) return [];
    const at = (problem: string, expected: string | undefined): MqueueProblem => ({
      queue: `queue ${name}`,
      attribute: 'dead_letter',
      value: deadLetter,
      problem,
      expected,
    });
    if (deadLetter === name) return [at('is the queue itself', 'another queue')];
    if (!byName.has(deadLetter)) return [at('is no queue', nameMeant(deadLetter, name, byName.keys()))];
    const cycle = cycleFrom(name, byName);
    for (const member of cycle) inCycle.add(member);
    return cycle.length === 0 ? [] : [at(`leads back: ${[...cycle, name].join(' to ')}`, 'a queue at which it ends')];
  });
}

/** The names from `start` round to the last before `start` again; none when the way ends elsewhere. */
function cycleFrom(start: string, byName: ReadonlyMap<string, MqueueDefinition>): readonly string[] {
  const way = new Set<string>();
  let name: string | undefined = start;
  while (name !== undefined && !way.has(name)) {
    way.add(name);
    name = byName.get(name)?.deadLetter;
  }
  return name === start ? [...way] : [];
}

function nameMeant(written: string, own: string, names: Iterable<string>): string {
  const others = [...names].filter((name) => name !== own);
  const closest = closestName(written, others);
  if (closest !== undefined) return `${closest}, if that was meant`;
  return others.length === 0 ? 'the name of another queue' : `one of ${others.slice(0, 20).join(', ')}`;
}
