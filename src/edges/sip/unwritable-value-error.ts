/** A value that can't stand in a SIP message: it would end its line, or take the place of a header that the writer sets. */
export class UnwritableValueError extends Error {
  readonly code = 'unwritable_value';
  /** Which part of the message it was meant for, such as a header's name. */
  readonly part: string;

  constructor(part: string, why: string) {
    super(`${part} can't be written: ${why}`);
    this.name = 'UnwritableValueError';
    this.part = part;
  }
}
