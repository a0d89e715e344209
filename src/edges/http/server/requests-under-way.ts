import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How many requests of each connection have come and are not answered to their last byte. */
export class RequestsUnderWay {
  readonly #counts = new WeakMap<Socket, number>();

  of(socket: Socket): number {
    return this.#counts.get(socket) ?? 0;
  }

  begin(socket: Socket, response: ServerResponse): void {
    this.#counts.set(socket, this.of(socket) + 1);
    response.once('close', () => this.#counts.set(socket, this.of(socket) - 1));
  }
}
