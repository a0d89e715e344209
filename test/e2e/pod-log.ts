import { GuardedProcess } from '../guarded-process.ts';

/** A line of a node's log. */
export interface LogLine {
  /** Milliseconds since the epoch, by the clock of the pod's machine. */
  readonly at: number;
  readonly msg: string;
  readonly node?: string;
  readonly why?: string;
  readonly server_address?: string;
  readonly active?: number;
}

/** What one container of a node logs, from its first line to its last, also when the pod is gone. */
export class PodLog {
  readonly name: string;
  readonly lines: LogLine[] = [];
  readonly #waiting = new Set<() => void>();
  #follower: GuardedProcess | undefined;

  private constructor(name: string) {
    this.name = name;
  }

  /** Follows the log of a pod's container that runs or will soon. `await using` ends it. */
  static async follow(namespace: string, name: string): Promise<PodLog> {
    const log = new PodLog(name);
    const args = ['--namespace', namespace, 'logs', '--follow', '--pod-running-timeout=60s', name];
    log.#follower = await GuardedProcess.start('kubectl', args, { onLine: (line) => log.#take(line) });
    return log;
  }

  /** The first such line from a time on, as soon as it is there. Rejects after the deadline. */
  async until(what: string, isIt: (line: LogLine) => boolean, since = 0, deadlineMs = 30_000): Promise<LogLine> {
    const find = (): LogLine | undefined => this.lines.find((line) => line.at >= since && isIt(line));
    const found = find();
    if (found !== undefined) return found;
    const { promise, resolve, reject } = Promise.withResolvers<LogLine>();
    const look = (): void => {
      const line = find();
      if (line !== undefined) resolve(line);
    };
    this.#waiting.add(look);
    const asked = new Error(`${this.name} did not log within ${deadlineMs} ms: ${what}`);
    const timer = setTimeout(() => {
      asked.message += `; its last lines are ${JSON.stringify(this.lines.slice(-8))}`;
      reject(asked);
    }, deadlineMs);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }

  /** All such lines from a time on. */
  all(isIt: (line: LogLine) => boolean, since = 0): LogLine[] {
    return this.lines.filter((line) => line.at >= since && isIt(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#follower?.stop();
  }

  #take(text: string): void {
    if (!text.startsWith('{')) return;
    const line = JSON.parse(text) as LogLine & { readonly time: string };
    this.lines.push({ ...line, at: Date.parse(line.time) });
    for (const look of this.#waiting) look();
  }
}
