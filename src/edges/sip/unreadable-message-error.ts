/** A message that can't be made into the message model of package `sip`, or is too large to be given to it. */
export class UnreadableMessageError extends Error {
  readonly code = 'unreadable_message';

  constructor(why: string) {
    super(`the message can't be read: ${why}`);
    this.name = 'UnreadableMessageError';
  }
}
