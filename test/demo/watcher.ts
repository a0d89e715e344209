import { formatNodeUri } from '../../src/core/node-uri.ts';
import type { Delivery } from '../../src/index.ts';
import type { Stage } from './stage.ts';
import { StepFailed, waitUntil } from './step.ts';
import { drawView, type Paint, type View } from './table.ts';

/** Looks at the stage until what a step expects has come true; throws a StepFailed when it does not in time. */
export class Watcher {
  readonly #stage: Stage;
  readonly #paint: Paint;
  readonly #signal: AbortSignal;
  readonly #alsoExpected: readonly string[];

  constructor(stage: Stage, options: { paint: Paint; signal: AbortSignal; alsoExpected?: readonly string[] }) {
    this.#stage = stage;
    this.#paint = options.paint;
    this.#signal = options.signal;
    this.#alsoExpected = options.alsoExpected ?? [];
  }

  /** Names of everybody who should be there: not killed, not stopped. */
  names(): string[] {
    return this.#stage.present.map(({ name }) => name);
  }

  ours(): string[] {
    return this.names().filter((name) => this.#stage.members.get(name)?.kamailio === undefined);
  }

  allSeeAll(deadlineMs: number): Promise<{ ms: number; view: View }> {
    const wanted = [...this.names(), ...this.#alsoExpected];
    return this.#sees('all see all', this.names(), deadlineMs, `active in each row: ${wanted.join(', ')}`, (row) =>
      wanted.every((name) => row.get(name) === 'active'),
    );
  }

  async gone(name: string, observers: readonly string[], deadlineMs: number, start: number) {
    const others = observers.filter((observer) => observer !== name);
    const expected = `${name} in no row active, all others still in each`;
    const { view } = await this.#sees(`${name} is gone`, others, deadlineMs, expected, (row) => {
      return row.get(name) !== 'active' && others.every((other) => row.get(other) === 'active');
    });
    return { view, ms: Math.round(performance.now() - start) };
  }

  async #sees(
    what: string,
    observers: readonly string[],
    deadlineMs: number,
    expected: string,
    holds: (row: ReadonlyMap<string, string>) => boolean,
  ): Promise<{ ms: number; view: View }> {
    const { seen, ms } = await waitUntil({
      what,
      deadlineMs,
      look: () => this.#stage.view(observers),
      holds: (view) => [...view.values()].every(holds),
      expected: () => [expected],
      describe: (view) => this.draw(view),
      signal: this.#signal,
    });
    return { ms, view: seen };
  }

  async heardByAll(text: string, except: readonly string[]): Promise<string[]> {
    const peers = this.names().filter((name) => this.#stage.members.get(name)?.heard && !except.includes(name));
    await waitUntil({
      what: `"${text}" is heard`,
      deadlineMs: 10_000,
      look: async () => peers.filter((name) => this.#stage.members.get(name)?.heard?.includes(text)),
      holds: (names) => names.length === peers.length,
      expected: () => [`by ${peers.join(', ')}`],
      describe: (names) => [`by ${names.join(', ') || 'nobody'}`],
      signal: this.#signal,
    });
    return peers;
  }

  answered(deliveries: readonly Delivery[], wanted: Readonly<Record<string, number>>): void {
    const got = Object.fromEntries(deliveries.map(({ node, code }) => [this.nameOf(formatNodeUri(node)), code]));
    const holds =
      Object.keys(got).length === Object.keys(wanted).length &&
      Object.entries(wanted).every(([name, code]) => got[name] === code);
    const lines = (codes: Readonly<Record<string, number>>) =>
      Object.entries(codes).map(([name, code]) => `${name} ${code}`);
    if (!holds) throw new StepFailed('the broadcast is answered by all', lines(wanted), lines(got));
  }

  nameOf(uri: string): string {
    return this.#stage.all.find((member) => formatNodeUri(member.uri) === uri)?.name ?? uri;
  }

  draw(view: View): string[] {
    return drawView(
      view,
      this.#stage.all.map(({ name }) => name),
      this.#paint,
    );
  }
}
