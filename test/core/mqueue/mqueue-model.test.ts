import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteBudget } from '../../../src/core/mqueue/byte-budget.ts';
import { formatItemId, type ItemId, itemId, itemKey, writeItem } from '../../../src/core/mqueue/item-record.ts';
import { type AddOutcome, Mqueue, type MqueueLimits, type QueueEntry } from '../../../src/core/mqueue/mqueue.ts';
import { NaiveMqueue } from './naive-mqueue.ts';
import { dirtyBytes, parts } from './records.ts';

type Entry = QueueEntry<string>;

/** A queue with what a caller of it remembers. */
interface Side<Queue> {
  readonly queue: Queue;
  readonly budget: ByteBudget;
  /** Where paging goes on. */
  page: number | undefined;
  /** What other queues have of the budget. */
  foreign: number;
}

interface Model extends Side<NaiveMqueue> {
  now: number;
  sequence: number;
}

interface Real extends Side<Mqueue<string>> {
  /** What `lease` gave last, by id. */
  readonly leases: Map<string, Entry>;
}

const show = ({ record, mark, position }: Entry): string =>
  `${Buffer.from(record).toString('hex')} ${mark} ${position}`;
const showMaybe = (entry: Entry | undefined): string | undefined => entry && show(entry);
const showAll = (entries: Iterable<Entry>): string[] => Array.from(entries, show);

function showOutcome(outcome: AddOutcome<string>): unknown {
  switch (outcome.kind) {
    case 'added':
      return { ...outcome, dropped: showAll(outcome.dropped) };
    case 'replaced':
      return { ...outcome, dropped: showAll(outcome.dropped), old: show(outcome.old) };
    case 'kept':
      return { ...outcome, existing: show(outcome.existing) };
    case 'refused':
      return outcome;
  }
}

/** Both sides say the same, now and at whatever they can be asked. */
class Step implements fc.Command<Model, Real> {
  readonly #label: string;
  readonly #act: (model: Model, real: Real) => readonly [unknown, unknown];

  constructor(label: string, act: (model: Model, real: Real) => readonly [unknown, unknown]) {
    this.#label = label;
    this.#act = act;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    const [expected, actual] = this.#act(model, real);
    expect(actual).toEqual(expected);
    const { queue, budget } = real;
    expect(showAll(queue.all())).toEqual(showAll(model.queue.all()));
    expect({
      size: queue.size,
      delayed: queue.delayed,
      leased: queue.leased,
      bytes: queue.bytes,
      used: budget.used,
      nextEventAt: queue.nextEventAt(),
    }).toEqual({
      size: model.queue.ready.length,
      delayed: model.queue.delayed.length,
      leased: model.queue.leased.length,
      bytes: model.queue.bytes,
      used: model.budget.used,
      nextEventAt: model.queue.nextEventAt(),
    });
  }

  toString(): string {
    return this.#label;
  }
}

/** Some, whichever they are. */
function hasShortKey({ record }: Entry): boolean {
  return itemKey(record).length === 1;
}

/** The id of one of these, by any number; now and then one that nobody has. */
function pick(entries: readonly Entry[], any: number): ItemId {
  const chosen = entries[any % (entries.length + 1)];
  return chosen === undefined ? { epoch: 9, sequence: any } : itemId(chosen.record);
}

function page(side: Side<Pick<Mqueue<string>, 'peek'>>, goOn: boolean, limit: number): unknown {
  const { entries, next } = side.queue.peek(goOn ? side.page : undefined, limit);
  side.page = next;
  return { entries: showAll(entries), more: next !== undefined };
}

const newItem = fc.record({
  key: fc.constantFrom('', 'a', 'b', 'c', 'a much longer key'),
  size: fc.nat(60),
  delay: fc.constantFrom(0, 0, 0, 5, 30),
});
const any = fc.nat(20);
const steps: fc.Arbitrary<fc.Command<Model, Real>>[] = [
  ...(['add', 'addNew', 'addNew', 'restore'] as const).map((how) =>
    newItem.map(({ key, size, delay }) => {
      return new Step(`${how} ${key || '-'} of ${size}, delayed ${delay}`, (model, real) => {
        const { now, sequence } = model;
        const dueAt = delay === 0 ? 0 : now + delay;
        const made = parts(model.sequence++, { key, value: 'x'.repeat(size), addedAt: now, dueAt });
        const restored = how === 'restore';
        const origin = restored ? { mark: `from ${sequence}`, position: sequence } : { mark: undefined, position: -1 };
        const entry = { record: writeItem(made), ...origin };
        const expected = model.queue[restored ? 'restore' : 'add'](entry, now);
        const actual = how === 'addNew' ? real.queue.addNew(made, now) : real.queue[how](entry, now);
        return [showOutcome(expected), showOutcome(actual)];
      });
    }),
  ),
  fc.constant(
    new Step('fetch', ({ queue, now }, real) => [showMaybe(queue.fetch(now)), showMaybe(real.queue.fetch(now))]),
  ),
  fc.nat(40).map((ms) => {
    return new Step(`lease for ${ms}`, ({ queue, now }, real) => {
      const leased = real.queue.lease(now, now + ms);
      if (leased !== undefined) real.leases.set(formatItemId(itemId(leased.record)), leased);
      return [showMaybe(queue.lease(now, now + ms)), showMaybe(leased)];
    });
  }),
  fc.tuple(any, fc.boolean()).map(([number, byEntry]) => {
    return new Step(`ack ${number}`, ({ queue }, real) => {
      const id = pick(queue.leased, number);
      const which = (byEntry && real.leases.get(formatItemId(id))) || id;
      return [showMaybe(queue.ack(id)), showMaybe(real.queue.ack(which))];
    });
  }),
  fc.tuple(any, fc.boolean(), fc.option(fc.nat(20), { nil: undefined })).map(([number, byEntry, delay]) => {
    return new Step(`nack ${number}, delayed ${delay}`, ({ queue, now }, real) => {
      const id = pick(queue.leased, number);
      const dueAt = delay === undefined ? undefined : now + delay;
      const which = (byEntry && real.leases.get(formatItemId(id))) || id;
      return [showMaybe(queue.nack(id, dueAt)), showMaybe(real.queue.nack(which, dueAt))];
    });
  }),
  any.map((number) => {
    return new Step(`withhold ${number}`, ({ queue }, real) => {
      const id = pick(queue.leased, number);
      return [queue.withhold(id), real.queue.withhold(id)];
    });
  }),
  any.map((number) => {
    return new Step(`remove ${number}`, ({ queue }, real) => {
      const id = pick(queue.all(), number);
      return [showMaybe(queue.remove(id)), showMaybe(real.queue.remove(id))];
    });
  }),
  fc.constant(
    new Step('withhold what is ready', ({ queue }, real) => {
      const withheld = real.queue.withholdWhere(hasShortKey);
      for (const entry of withheld) real.leases.set(formatItemId(itemId(entry.record)), entry);
      return [showAll(queue.withholdWhere(hasShortKey)), showAll(withheld)];
    }),
  ),
  fc.constantFrom(1, 5, 25).map((ms) => {
    return new Step(`${ms} ms pass`, (model) => {
      model.now += ms;
      return [0, 0];
    });
  }),
  fc.constant(
    new Step('leases end', ({ queue, now }, real) => [
      showAll(queue.expireLeases(now, hasShortKey)),
      showAll(real.queue.expireLeases(now, hasShortKey)),
    ]),
  ),
  fc.constant(
    new Step('items expire', ({ queue, now }, real) => [
      showAll(queue.expireItems(now)),
      showAll(real.queue.expireItems(now)),
    ]),
  ),
  fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 4 })).map(([goOn, limit]) => {
    return new Step(`peek ${limit}${goOn ? ' more' : ''}`, (model, real) => [
      page(model, goOn, limit),
      page(real, goOn, limit),
    ]);
  }),
  fc.nat(500).map((bytes) => {
    return new Step(`others take ${bytes} bytes`, (model, real) => {
      for (const side of [model, real]) {
        side.budget.give(side.foreign);
        side.foreign = side.budget.take(bytes) ? bytes : 0;
      }
      return [model.foreign, real.foreign];
    });
  }),
  fc.constant(new Step('clear', ({ queue }, real) => [showAll(queue.clear()), showAll(real.queue.clear())])),
];

const limits: fc.Arbitrary<MqueueLimits> = fc.record({
  size: fc.constantFrom(0, 1, 3, 8),
  maxBytes: fc.constantFrom(10_000, 200, 70),
  addMode: fc.constantFrom('append', 'keep_old', 'replace'),
  whenFull: fc.constantFrom('drop_oldest', 'refuse'),
  ttlMs: fc.constantFrom(0, 0, 30),
});

describe('a queue', () => {
  it('does what a plain array does that is searched and sorted at every call', () => {
    const run = fc.property(
      limits,
      fc.constantFrom(100_000, 1_200, 450),
      fc.commands(steps, { maxCommands: 80, size: 'max' }),
      (chosen, totalBytes, commands) => {
        fc.modelRun(() => {
          const side = () => ({ budget: new ByteBudget(totalBytes), page: undefined, foreign: 0 });
          const [one, other] = [side(), side()];
          return {
            model: { ...one, queue: new NaiveMqueue(chosen, one.budget), now: 1_000, sequence: 0 },
            real: { ...other, queue: new Mqueue<string>(chosen, other.budget, 77, dirtyBytes), leases: new Map() },
          };
        }, commands);
      },
    );
    fc.assert(run, { numRuns: 300 });
  });
});
