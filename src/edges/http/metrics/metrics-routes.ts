import type { FastifyInstance } from 'fastify';
import type { RouteNeed } from '../../../core/http/http-role.ts';

export interface MetricsParts {
  readonly metrics: {
    /** The text format of Prometheus. */
    readonly text: () => Promise<string>;
    /** What a client has to show. */
    readonly need: RouteNeed;
  };
}

/** `/metrics` for Prometheus. */
export function metricsRoutes(app: FastifyInstance, { metrics: { text, need } }: MetricsParts): void {
  let scrape: Promise<string> | undefined;
  // Whoever asks meanwhile gets the same: it is work, and strangers may ask.
  const shared = (): Promise<string> => {
    scrape ??= text().finally(() => {
      scrape = undefined;
    });
    return scrape;
  };
  app.get('/metrics', { config: { need } }, async (_request, reply) => {
    reply.header('cache-control', 'no-store').type('text/plain; version=0.0.4; charset=utf-8');
    return shared();
  });
}
