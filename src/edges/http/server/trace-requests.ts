import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Span, SpanAttributes, Tracing } from '../../../ports/tracing.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request causes is part of it; undefined while nothing is traced. */
    span: Span | undefined;
  }
}

/** What clients use. Probes, metrics and the files of the dashboard say nothing to somebody who reads traces. */
const ofTheApi = /^\/(?:api\/|RPC$|events$)/;

/**
 * A span for each request to the API, part of the trace that its client names. To be called before all that answers requests. Names and
 * attributes are those of OpenTelemetry's conventions for HTTP servers. The query is in none: it may hold the key of an item.
 */
export function traceRequests(app: FastifyInstance, tracing: Tracing): void {
  app.decorateRequest('span', undefined);
  app.addHook('onRequest', (request, { raw }, done) => {
    const { tracer } = tracing;
    const path = pathOf(request.url);
    if (tracer === undefined || !ofTheApi.test(request.routeOptions.url ?? path)) return done();
    const { method, headers, routeOptions } = request;
    const { traceparent } = headers;
    const span = tracer.start({
      name: routeOptions.url === undefined ? method : `${method} ${routeOptions.url}`,
      kind: 'server',
      attributes: attributesOf(request, path),
      parent: traceparent === undefined ? undefined : String(traceparent),
    });
    request.span = span;
    raw.once('close', () => {
      if (!raw.headersSent) return span.end({ error: 'aborted' });
      const { statusCode: code } = raw;
      span.end({
        attributes: { 'http.response.status_code': code },
        error: code >= 500 ? String(code) : undefined,
      });
    });
    done();
  });
  // What reads the body calls back in the context of the connection: the handler is put into the span after it.
  app.addHook('preValidation', ({ span }, _reply, done) => {
    const { tracer } = tracing;
    if (tracer === undefined || span === undefined) return done();
    tracer.within(span, done);
  });
}

/** Of a request that is meant for a proxy too, whose target is a whole URL. */
function pathOf(target: string): string {
  return target.replace(/^[a-z]+:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] ?? '';
}

function attributesOf(request: FastifyRequest, path: string): SpanAttributes {
  const { method, protocol, ip, hostname, port, raw, headers, routeOptions } = request;
  return {
    'http.request.method': method,
    'url.path': path,
    'url.scheme': protocol,
    'network.protocol.version': raw.httpVersion,
    'client.address': ip,
    ...(routeOptions.url !== undefined && { 'http.route': routeOptions.url }),
    ...(hostname !== '' && { 'server.address': hostname.replace(/^\[(.*)\]$/, '$1') }),
    ...(port !== null && { 'server.port': port }),
    ...(headers['user-agent'] !== undefined && { 'user_agent.original': headers['user-agent'] }),
  };
}
