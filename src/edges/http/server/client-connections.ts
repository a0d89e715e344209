import type { Socket } from 'node:net';
import { clientOf } from '../../../core/http/refusal-limit.ts';

/** How many connections each client holds. */
export class ClientConnections {
  readonly #most: number;
  readonly #held = new Map<string, number>();

  /** @param most connections that one client may hold. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Whether the client of a new connection may have it; then it counts until it is closed. */
  admits(socket: Socket): boolean {
    const client = clientOf(socket.remoteAddress ?? '');
    const held = this.#held.get(client) ?? 0;
    if (held >= this.#most) return false;
    this.#held.set(client, held + 1);
    socket.once('close', () => this.#release(client));
    return true;
  }

  #release(client: string): void {
    const left = (this.#held.get(client) ?? 1) - 1;
    if (left > 0) this.#held.set(client, left);
    else this.#held.delete(client);
  }
}
