import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../../../ports/telemetry.ts';
import { type WebFile, webFiles } from './web-files.ts';

export interface DashboardParts {
  /** Where vite has put it. */
  readonly folder: string;
  readonly log: Log;
}

/** Scripts and styles are files of this node; nothing is loaded from or sent to anybody else, and no text becomes markup. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const headers = {
  'content-security-policy': policy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  vary: 'accept-encoding',
} as const;

const year = 31_536_000;
const notThere =
  'kdmq runs here. Its dashboard is not there, or can not be read (the log says why): `make build` makes it, and the next start serves it.\n' +
  'What else there is: /docs (the HTTP interface), /readyz?verbose, /metrics.\n';

/** Open to all: a browser shows no token when it loads a page, and what the page shows it asks for with one. */
const open = { config: { need: 'open' } } as const;

/** The dashboard at `/`: files that are the same for everybody. A node whose files can't be read does its work without them. */
export function dashboardRoutes(app: FastifyInstance, { folder, log }: DashboardParts): void {
  // As a plugin, because the files are read first.
  void app.register(async (scope) => {
    const files = await webFiles(folder).catch((error: unknown) => {
      log.error('http: the dashboard can not be read', { folder, error: String(error) });
      return [];
    });
    for (const file of files) scope.get(file.path, open, (request, reply) => send(file, request, reply));
    if (files.some(({ path }) => path === '/')) return;
    scope.get('/', open, (_request, reply) =>
      reply.code(404).header('cache-control', 'no-store').type('text/plain; charset=utf-8').send(notThere),
    );
  });
}

function send(file: WebFile, { headers: asked }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const zipped = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/.test(String(asked['accept-encoding'] ?? ''));
  const tag = `"${file.tag}${zipped ? '-gz' : ''}"`;
  reply
    .headers(headers)
    .header('cache-control', file.isForEver ? `public, max-age=${year}, immutable` : 'no-cache')
    .header('etag', tag);
  const known = String(asked['if-none-match'] ?? '').split(',');
  if (known.some((one) => one.trim().replace(/^W\//, '') === tag)) return reply.code(304).send();
  reply.type(file.mediaType);
  if (!zipped) return reply.send(file.bytes);
  return reply.header('content-encoding', 'gzip').send(file.gzipped);
}
