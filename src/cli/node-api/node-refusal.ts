import { CommandFailure } from '../command-failure.ts';

/** What a node answered that did not do what it was asked. */
export interface RefusedAnswer {
  readonly status: number;
  /** The JSON of the answer (RFC 9457), where it sent some. */
  readonly problem: unknown;
  /** When it may be asked again: its Retry-After. */
  readonly retryAfterMs: number | undefined;
}

/** A node refused. The message is for people, the answer for who goes on by it. */
export class NodeRefusal extends CommandFailure {
  readonly answer: RefusedAnswer;

  constructor(exitCode: CommandFailure['exitCode'], message: string, answer: RefusedAnswer) {
    super(exitCode, message);
    this.name = 'NodeRefusal';
    this.answer = answer;
  }
}
