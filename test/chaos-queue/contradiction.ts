/** What the process did or what it found can't be, after all that it has told before. */
export class Contradiction extends Error {
  readonly queue: string;

  constructor(queue: string, what: string) {
    super(`${queue}: ${what}`);
    this.name = 'Contradiction';
    this.queue = queue;
  }
}
