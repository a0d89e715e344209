import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import type { ApiDocument } from './api-document.ts';
import { docsPage, docsPolicy } from './docs-page.ts';

const description =
  'The HTTP interface of a DMQ node. Errors are problem details (RFC 9457) with a stable `code`. Milliseconds are numbers, times are RFC 3339, ' +
  'bytes that are no UTF-8 are base64.';

/** Serves an OpenAPI document (3.1), and a page of it for people, of the routes that are added from now on, as far as their schemas have tags. */
export function openApi(app: FastifyInstance, version: string): void {
  void app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'kdmq', description, version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      servers: [{ url: '/' }],
      tags: [
        { name: 'node', description: 'This node' },
        { name: 'nodes', description: 'The nodes of the bus' },
        { name: 'channels', description: 'Messages' },
        { name: 'queues', description: 'Named queues of items' },
        { name: 'bindings', description: 'Channels and queues that are bound to each other' },
        { name: 'events', description: 'What happens' },
      ],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }, {}],
    },
    hideUntagged: true,
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `schema${index}`) },
  });
  app.get('/openapi.json', () => app.swagger());
  app.get('/docs', { config: { need: 'page' } }, (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', docsPolicy)
      .header('x-content-type-options', 'nosniff')
      .send(docsPage(app.swagger() as unknown as ApiDocument)),
  );
}
