import type { Readiness } from '../../../src/core/readiness.ts';
import { type HttpParts, httpApp } from '../../../src/edges/http/server/http-app.ts';
import { HttpServer } from '../../../src/edges/http/server/http-server.ts';
import { MemoryCounters } from '../../fakes/memory-counters.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { ask, type HttpAnswer, type HttpQuestion } from '../../http-request.ts';

/** The HTTP interface on a real socket, with a node behind it that is what the test says. */
export class RunningHttp {
  readonly log = new MemoryLog();
  readonly counters = new MemoryCounters();
  readonly app: ReturnType<typeof httpApp>;
  readonly server: HttpServer;
  readonly host: string;

  private constructor(host: string, parts: Partial<HttpParts>) {
    const ready: Readiness = { ready: true, checks: [] };
    this.host = host;
    this.app = httpApp({
      readiness: () => ready,
      limits: { maxBody: 2_048, maxConnections: 100, requestTimeoutMs: 30_000 },
      log: this.log,
      counters: this.counters,
      ...parts,
    });
    this.server = new HttpServer(this.app, { host, port: 8080 });
  }

  /** Not listening yet. */
  static make(host: string, parts: Partial<HttpParts> = {}): RunningHttp {
    return new RunningHttp(host, parts);
  }

  /** `add` may add routes before it listens. */
  static async start(
    host: string,
    parts: Partial<HttpParts> = {},
    add: (app: RunningHttp['app']) => void = () => {},
  ): Promise<RunningHttp> {
    const running = new RunningHttp(host, parts);
    add(running.app);
    await running.server.start();
    return running;
  }

  ask(path: string, question?: HttpQuestion): Promise<HttpAnswer> {
    return ask(`${this.server.url}${path}`, question);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
  }
}
