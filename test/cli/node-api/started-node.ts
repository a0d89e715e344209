import { type Command, startCommand, written } from '../run-command.ts';

/** A `kdmq start` that serves HTTP. `await using` ends it with the test. */
export class StartedNode {
  readonly uri: string;
  readonly url: string;
  readonly #command: Command;

  private constructor(command: Command, host: string, scheme: string) {
    this.#command = command;
    this.uri = `sip:${host}:5060`;
    this.url = `${scheme}://${host}:8080`;
  }

  /** Resolves when it has started. `flags` are those of `kdmq start`. */
  static async start(host: string, flags: readonly string[], scheme = 'http'): Promise<StartedNode> {
    const args = [
      'start',
      '--server-address',
      `sip:${host}:5060`,
      '--http-listen',
      `${host}:8080`,
      '--log-format',
      'json',
    ];
    const command = startCommand([...args, ...flags]);
    const node = new StartedNode(command, host, scheme);
    try {
      await written(command, '"msg":"started"');
      return node;
    } catch (error) {
      await node[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What it has logged so far. */
  output(): string {
    return this.#command.output();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#command.process.kill('SIGTERM');
    await this.#command.ended;
  }
}
