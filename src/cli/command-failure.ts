import type { EXIT_CODES } from './exit-codes.ts';

/** Why a command ends without having done what it was asked. The message is for people: it names what is wrong and the next step. */
export class CommandFailure extends Error {
  readonly exitCode: (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

  constructor(exitCode: CommandFailure['exitCode'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
  }
}
