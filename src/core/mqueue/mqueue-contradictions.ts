import type { MqueueAttributes } from './mqueue-attributes.ts';
import { DB_MODES, type DbMode, type MqueueDefinition } from './mqueue-definition.ts';
import type { MqueueProblem } from './mqueue-problem.ts';

type Given = Partial<MqueueAttributes>;

/** What attributes of one queue, each right in itself, say against each other. `given` is what was written of the definition. */
export function mqueueContradictions(definition: MqueueDefinition, given: Given): readonly MqueueProblem[] {
  const at = (attribute: keyof MqueueAttributes, problem: string, expected: string): MqueueProblem => ({
    queue: `queue ${definition.name}`,
    attribute,
    value: given[attribute],
    problem,
    expected,
  });
  const problems: MqueueProblem[] = [];
  const durability = durabilityAgainst(definition.dbMode, given);
  if (durability !== undefined) problems.push(at('durability', ...durability));
  const { leaseMs, ttlMs, delayMs, maxDeliveries } = definition;
  if (leaseMs === 0) {
    for (const attribute of ['max_deliveries', 'dead_letter'] as const) {
      if (!given[attribute]) continue;
      problems.push(
        at(
          attribute,
          'needs lease_ms: without a lease a fetch removes the item',
          'lease_ms=30000, or the like, with it',
        ),
      );
    }
  } else if (given.dead_letter !== undefined && maxDeliveries === 0) {
    problems.push(
      at(
        'dead_letter',
        'needs max_deliveries: without a limit no item ever gets there',
        'max_deliveries=5, or the like, with it',
      ),
    );
  }
  if (ttlMs > 0 && ttlMs <= delayMs) {
    problems.push(
      at('ttl_ms', `ends before an item can be fetched, with delay_ms ${delayMs}`, 'a ttl_ms above delay_ms'),
    );
  }
  return problems;
}

/** What each dbmode does, as far as durability `none` has it not done. */
const DOES: Readonly<Record<Exclude<DbMode, 'none'>, string>> = {
  both: 'reads the queue at start and writes it at stop',
  save: 'writes the queue at stop',
  load: 'reads the queue at start',
};

/** Why the durability that was written can't go with the dbmode, and what would be right. Undefined when it can. */
function durabilityAgainst(dbMode: DbMode, given: Given): readonly [problem: string, expected: string] | undefined {
  const mode = `dbmode ${DB_MODES[dbMode]} (${dbMode})`;
  const { durability } = given;
  if (durability === 'none' && dbMode !== 'none') {
    return [`contradicts ${mode}, which ${DOES[dbMode]}`, 'durability=stop, or dbmode=none'];
  }
  if (durability === 'stop' && dbMode === 'none') {
    const problem =
      given.dbmode === undefined
        ? 'needs a dbmode: without one nothing is read at start or written at stop'
        : `contradicts ${mode}: nothing would be read at start or written at stop`;
    return [problem, 'dbmode=both, save or load with it, or durability=none'];
  }
  if (durability === 'always' && dbMode !== 'both') {
    const why = {
      none: 'the store would not be used at all',
      save: 'what every add writes would not be read at the next start',
      load: 'every add has to be written, and load writes nothing',
    }[dbMode];
    return [
      `contradicts ${mode}: ${why}`,
      'dbmode=both with it (which it means without any dbmode), or durability=stop',
    ];
  }
  return undefined;
}
