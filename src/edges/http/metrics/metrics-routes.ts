import type { FastifyInstance } from 'fastify';
import type { RouteNeed } from '../../../core/http/http-role.ts';

export interface MetricsParts {
  readonly metrics: {
    /** The text format of Prometheus. */
    readonly text: () => Promise<string>;
    /** What a client has to show. */
    readonly need: RouteNeed;
    /** A monotonic clock in milliseconds. */
    readonly now: () => number;
  };
}

/** To make it takes milliseconds of a core, and strangers may ask: whoever comes within a second gets what the one before got. */
const freshMs = 1_000;

/** `/metrics` for Prometheus. */
export function metricsRoutes(app: FastifyInstance, { metrics: { text, need, now } }: MetricsParts): void {
  let made: { readonly answer: Promise<string>; readonly at: number } | undefined;
  let isBeingMade = false;
  const recent = (): Promise<string> => {
    if (made !== undefined && (isBeingMade || now() - made.at < freshMs)) return made.answer;
    isBeingMade = true;
    const answer = text().finally(() => {
      isBeingMade = false;
    });
    made = { answer, at: now() };
    // The next one tries again.
    answer.catch(() => {
      made = undefined;
    });
    return answer;
  };
  app.get('/metrics', { config: { need } }, async (_request, reply) => {
    reply.header('cache-control', 'no-store').type('text/plain; version=0.0.4; charset=utf-8');
    return recent();
  });
}
