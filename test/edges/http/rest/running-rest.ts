import { eventRoutes } from '../../../../src/edges/http/events/event-routes.ts';
import { openApi } from '../../../../src/edges/http/open-api/open-api.ts';
import { restRoutes } from '../../../../src/edges/http/rest/rest-routes.ts';
import { LevelSwitch } from '../../../../src/edges/log/level-switch.ts';
import { SystemClock } from '../../../../src/edges/system/system-clock.ts';
import { SystemRandom } from '../../../../src/edges/system/system-random.ts';
import type { SettingValues } from '../../../../src/index.ts';
import { MemoryCounters } from '../../../fakes/memory-counters.ts';
import type { HttpAnswer, HttpQuestion } from '../../../http-request.ts';
import { RunningNode } from '../../../running-node.ts';
import { RunningHttp, type RunningHttpParts } from '../running-http.ts';

/** What the API answers with an error. */
export interface AnsweredProblem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly retryAfter: string | undefined;
}

/** A node on real sockets with its REST API. */
export class RunningRest {
  readonly running: RunningNode;
  readonly http: RunningHttp;
  readonly counters: MemoryCounters;

  private constructor(running: RunningNode, http: RunningHttp, counters: MemoryCounters) {
    this.running = running;
    this.http = http;
    this.counters = counters;
  }

  static async start(
    host: string,
    settings: SettingValues = {},
    access: RunningHttpParts['access'] = {},
  ): Promise<RunningRest> {
    const running = new RunningNode({ server_address: `sip:${host}:5060`, ping_interval: 1, ...settings });
    const { node } = running;
    const counters = new MemoryCounters();
    const levels = new LevelSwitch({ log: running.log, setting: 'info', clock: new SystemClock() });
    const limits = { maxBody: 2 * 1_024 ** 2, maxConnections: 100, requestTimeoutMs: 30_000 };
    const http = RunningHttp.make(host, {
      limits,
      counters,
      access,
      routes(app) {
        openApi(app, '1.2.3');
        const outside = { node, clock: new SystemClock(), random: new SystemRandom(), counters };
        eventRoutes(app, outside);
        restRoutes(app, {
          ...outside,
          trace: running.taps,
          levels,
          version: '1.2.3',
          configuration: () => ({ ping_interval: { value: 1, source: 'default' } }),
        });
      },
    });
    await http.server.start();
    await running.node.start();
    return new RunningRest(running, http, counters);
  }

  get node() {
    return this.running.node;
  }

  /** `path` behind `/api/v1`. */
  ask(path: string, question?: HttpQuestion): Promise<HttpAnswer> {
    return this.http.ask(`/api/v1${path}`, question);
  }

  get<T>(path: string): Promise<T> {
    return this.ask(path).then((answer) => answer.json<T>());
  }

  /** With a body of JSON; without a body when it is undefined. */
  send(method: string, path: string, body?: unknown): Promise<HttpAnswer> {
    if (body === undefined) return this.ask(path, { method });
    return this.ask(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running.stop();
    await this.http.server.stop();
  }
}

/** The problem in an answer. Throws when it is none, or when it is not as all of them are. */
export function problemIn(answer: HttpAnswer): AnsweredProblem {
  const { type, title, status, detail, code } = answer.json<Record<string, string | number>>();
  const { 'content-type': mediaType, 'retry-after': retryAfter } = answer.headers;
  if (!mediaType?.toString().startsWith('application/problem+json'))
    throw new Error(`${mediaType} is no problem detail`);
  if (type !== `urn:kdmq:problem:${String(code).toLowerCase()}` || status !== answer.status || !title) {
    throw new Error(`not as problems are: ${answer.text}`);
  }
  return { status: answer.status, code: String(code), detail: String(detail), retryAfter: retryAfter?.toString() };
}
