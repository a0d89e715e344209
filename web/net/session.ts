import type { Channel, ListedNode, Queue, ThisNode, View } from '../state/api-answers.ts';
import type { Happening } from '../state/dashboard-state.ts';
import type { StreamedEvent } from '../state/event-lines.ts';
import { tellEvent } from '../state/told-events.ts';
import { EventFollower } from './event-follower.ts';
import { type NodeApi, RefusedError } from './node-api.ts';

const readEachMs = 2_000;
/** Costs the node a message to each node of its bus. */
const viewsEachMs = 5_000;
/** Several nodes may change in one go. */
const gatherMs = 50;
/** The others have heard of it by then. */
const settleMs = 700;

const barriers: ReadonlySet<string> = new Set([
  'TOKEN_MISSING',
  'TOKEN_WRONG',
  'TOKEN_WITHOUT_ROLE',
  'CERTIFICATE_MISSING',
  'ACCESS_NOT_SET',
  'HOST_NOT_LOCAL',
  'CROSS_SITE',
  'TOO_MANY_REFUSALS',
]);

/** Follows the node from the first question to `stop`, and tells what it hears. */
export class Session {
  readonly #api: NodeApi;
  readonly #tell: (happening: Happening) => void;
  readonly #follower: EventFollower;
  readonly #timers = new Map<string, { readonly timer: ReturnType<typeof setTimeout>; readonly dueAt: number }>();
  #stopped = false;
  #isLive = false;

  constructor(api: NodeApi, tell: (happening: Happening) => void) {
    this.#api = api;
    this.#tell = tell;
    this.#follower = new EventFollower({
      api,
      connected: () => this.#connected(),
      event: (event) => this.#heard(event),
      lost: (error) => this.#lost(error),
    });
  }

  start(): void {
    void this.#follower.run();
  }

  stop(): void {
    this.#stopped = true;
    this.#isLive = false;
    this.#follower.stop();
    this.#forgetTimers();
  }

  /** Reads the queues now: something was done to one. */
  readQueues(): void {
    this.#later('queues', 0, () => this.#readQueues(false));
  }

  #connected(): void {
    this.#isLive = true;
    this.#tell({ kind: 'connected' });
    this.#readAll();
  }

  #readAll(): void {
    this.#later('lists', 0, () => this.#readLists());
    this.#later('views', 0, () => this.#readViews());
  }

  #heard(event: StreamedEvent): void {
    const at = Date.now();
    const told = tellEvent(event, at);
    if (told !== undefined) this.#tell({ kind: 'told', event: told });
    if (event.type === 'node') {
      this.#later('nodes', gatherMs, () => this.#readNodes());
      this.#later('views', settleMs, () => this.#readViews());
    } else if (event.type === 'queue') {
      this.#tell({ kind: 'queue', queue: JSON.parse(event.data) as Queue });
    } else if (event.type === 'gap') this.#readAll();
  }

  /** The stream of events has ended. */
  #lost(error: unknown): boolean {
    this.#isLive = false;
    this.#forgetTimers();
    return this.#failed(error);
  }

  /** Returns whether it is worth trying again. */
  #failed(error: unknown): boolean {
    if (this.#stopped) return false;
    if (error instanceof RefusedError && barriers.has(error.problem.code)) {
      const { code, detail } = error.problem;
      this.stop();
      this.#tell({ kind: 'barred', needsToken: code.startsWith('TOKEN_'), detail });
      return false;
    }
    const why = error instanceof Error ? error.message : String(error);
    this.#tell({ kind: 'lost', at: Date.now(), why });
    return true;
  }

  async #readLists(): Promise<void> {
    try {
      // Nobody looks: the events go on, and the next look reads everything.
      if (document.hidden) return;
      this.#tell({ kind: 'status', status: await this.#api.ask<ThisNode>('GET', 'status') });
      await this.#readNodes();
      const { channels } = await this.#api.ask<{ channels: Channel[] }>('GET', 'channels');
      this.#tell({ kind: 'channels', at: Date.now(), channels });
      await this.#readQueues(true);
      // After a question that was not answered, while the stream stayed open.
      if (this.#isLive) this.#tell({ kind: 'connected' });
    } finally {
      this.#later('lists', readEachMs, () => this.#readLists());
    }
  }

  async #readNodes(): Promise<void> {
    const { nodes } = await this.#api.ask<{ nodes: ListedNode[] }>('GET', 'nodes');
    this.#tell({ kind: 'nodes', nodes });
  }

  async #readQueues(isSample: boolean): Promise<void> {
    const { queues } = await this.#api.ask<{ queues: Queue[] }>('GET', 'queues');
    this.#tell({ kind: 'queues', queues, isSample });
  }

  async #readViews(): Promise<void> {
    try {
      if (document.hidden) return;
      const { views } = await this.#api.ask<{ views: View[] }>('GET', 'views');
      this.#tell({ kind: 'views', views });
    } finally {
      this.#later('views', viewsEachMs, () => this.#readViews());
    }
  }

  /** Does it once, at the earliest of the times that were asked for. */
  #later(name: string, ms: number, work: () => Promise<void>): void {
    const dueAt = performance.now() + ms;
    const waiting = this.#timers.get(name);
    if (!this.#isLive || (waiting !== undefined && waiting.dueAt <= dueAt)) return;
    clearTimeout(waiting?.timer);
    const timer = setTimeout(() => {
      this.#timers.delete(name);
      work().catch((error: unknown) => this.#failed(error));
    }, ms);
    this.#timers.set(name, { timer, dueAt });
  }

  #forgetTimers(): void {
    for (const { timer } of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
