import type { Readiness } from '../../../src/core/readiness.ts';
import {
  BearerTokens,
  type BearerTokensParts,
  type TokenSource,
} from '../../../src/edges/http/access/bearer-tokens.ts';
import { type HttpParts, httpApp } from '../../../src/edges/http/server/http-app.ts';
import { HttpServer, type TlsMaterials } from '../../../src/edges/http/server/http-server.ts';
import { MemoryCounters } from '../../fakes/memory-counters.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { ask, type HttpAnswer, type HttpQuestion } from '../../http-request.ts';

/** What differs from a node that is ready and open to all. */
export interface RunningHttpParts extends Omit<Partial<HttpParts>, 'access' | 'metrics'> {
  readonly access?: Partial<HttpParts['access']>;
  readonly metrics?: Partial<HttpParts['metrics']>;
  readonly sources?: readonly TokenSource[];
  readonly reviewed?: BearerTokensParts['reviewed'];
  readonly material?: TlsMaterials;
}

/** The HTTP interface on a real socket, with a node behind it that is what the test says. */
export class RunningHttp {
  readonly log = new MemoryLog();
  readonly counters = new MemoryCounters();
  readonly app: ReturnType<typeof httpApp>;
  readonly server: HttpServer;
  readonly host: string;

  private constructor(host: string, { sources = [], reviewed, material, access, metrics, ...parts }: RunningHttpParts) {
    const ready: Readiness = { ready: true, checks: [] };
    const { log, counters } = this;
    const now = (): number => performance.now();
    const tokens = new BearerTokens(sources, { now, log, reviewed });
    this.host = host;
    this.app = httpApp({
      readiness: () => ready,
      metrics: { text: async () => '', need: 'open', now, ...metrics },
      access: { mode: 'open', tokens, certificates: undefined, refusalLimit: 30, rateLimit: 0, now, ...access },
      limits: { maxBody: 2_048, maxConnections: 100, requestTimeoutMs: 30_000 },
      tls: 'off',
      log,
      counters,
      tracing: { tracer: undefined },
      routes: () => {},
      ...parts,
    });
    this.server = new HttpServer({ app: this.app, address: { host, port: 8080 }, tokens, tls: material });
  }

  /** Not listening yet. */
  static make(host: string, parts: RunningHttpParts = {}): RunningHttp {
    return new RunningHttp(host, parts);
  }

  /** `add` may add routes before it listens. */
  static async start(
    host: string,
    parts: RunningHttpParts = {},
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
