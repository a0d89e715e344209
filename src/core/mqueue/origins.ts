import { noPosition } from './queue-entry.ts';

interface OfEach<Mark> {
  readonly marks: (Mark | undefined)[];
  readonly positions: Float64Array;
}

/**
 * Where the items of a block come from: a mark and a position for each place. Items are restored in the order of their positions, so mostly
 * one mark and one position say it for all of them; from the first item on that lies otherwise, each has its own.
 */
export class Origins<Mark> {
  readonly #places: number;
  #mark: Mark | undefined;
  /** The position of the item in place 0, if one were there. */
  #base: number;
  #each: OfEach<Mark> | undefined;

  /** For so many places. What is said of one place holds for all until something else is said. */
  constructor(places: number, place: number, mark: Mark | undefined, position: number) {
    this.#places = places;
    this.#mark = mark;
    this.#base = position - place;
  }

  mark(place: number): Mark | undefined {
    return this.#each === undefined ? this.#mark : this.#each.marks[place];
  }

  position(place: number): number {
    if (this.#each !== undefined) return this.#each.positions[place]!;
    return this.#mark === undefined ? noPosition : this.#base + place;
  }

  set(place: number, mark: Mark | undefined, position: number): void {
    if (this.#each === undefined && mark === this.#mark && (mark === undefined || position === this.#base + place))
      return;
    this.#each ??= this.#spread();
    this.#each.marks[place] = mark;
    this.#each.positions[place] = position;
  }

  #spread(): OfEach<Mark> {
    const places = Array.from({ length: this.#places }, (_, place) => place);
    const positions = Float64Array.from(places, (place) => this.position(place));
    return { marks: places.map((place) => this.mark(place)), positions };
  }
}
