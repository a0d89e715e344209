import { afterwards, type DashboardState, type Happening, nothingYet } from '../state/dashboard-state.ts';

/** Events come by the hundred: the page is drawn ten times a second at most. */
const drawEachMs = 100;

/** Holds the state of the page and says when it has changed. */
export class Store {
  #state: DashboardState = nothingYet;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #changed: (state: DashboardState) => void;

  constructor(changed: (state: DashboardState) => void) {
    this.#changed = changed;
  }

  readonly tell = (happening: Happening): void => {
    this.#state = afterwards(this.#state, happening);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#changed(this.#state);
    }, drawEachMs);
  };
}
