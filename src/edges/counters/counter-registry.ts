import type { Counters } from '../../ports/telemetry.ts';

/** One counter as it stands. `reason` is undefined for what was counted without one. */
export interface CounterValue {
  readonly name: string;
  readonly reason: string | undefined;
  readonly value: number;
}

interface Cell {
  value: number;
}

/** Counters in memory. `add` is two map look-ups and allocates nothing once a counter exists. */
export class CounterRegistry implements Counters {
  readonly #cells = new Map<string, Map<string | undefined, Cell>>();

  add(name: string, reason?: string, by = 1): void {
    const cell = this.#cells.get(name)?.get(reason);
    if (cell === undefined) this.#create(name, reason).value += by;
    else cell.value += by;
  }

  /** All counters at this moment, sorted by name and reason. */
  snapshot(): readonly CounterValue[] {
    const values: CounterValue[] = [];
    for (const [name, cells] of this.#cells) {
      for (const [reason, cell] of cells) values.push({ name, reason, value: cell.value });
    }
    return values.sort((a, b) => compare(a.name, b.name) || compare(a.reason ?? '', b.reason ?? ''));
  }

  #create(name: string, reason: string | undefined): Cell {
    const cell: Cell = { value: 0 };
    const cells = this.#cells.get(name) ?? new Map<string | undefined, Cell>();
    this.#cells.set(name, cells.set(reason, cell));
    return cell;
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
