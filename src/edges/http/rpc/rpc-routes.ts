import type { FastifyInstance } from 'fastify';
import type { Log } from '../../../ports/telemetry.ts';
import { answerOtherMethods } from '../server/answer-problems.ts';
import { answerRpc } from './answer-rpc.ts';
import type { RpcParts } from './rpc-method.ts';
import { rpcMethods } from './rpc-methods.ts';

/**
 * `POST /RPC`: JSON-RPC 2.0 as Kamailio's jsonrpcs serves it over xhttp. Calls that only look come by POST too: who may call what is
 * decided for each method.
 */
export function rpcRoutes(app: FastifyInstance, { log, ...parts }: RpcParts & { readonly log: Log }): void {
  const methods = rpcMethods(parts);
  const failed = (method: string, error: unknown): void => log.error('http: an RPC method failed', { method, error });
  void app.register(async (scope) => {
    // Clients of Kamailio send any Content-Type, or none.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    const addRefusals = answerOtherMethods(scope);
    scope.post('/RPC', { config: { need: 'read' } }, async (request, reply) => {
      const { role, body } = request;
      const count = (calls: number): void => request.countAs(calls);
      const answer = await answerRpc(typeof body === 'string' ? body : '', { methods, role, count, failed });
      reply.code(answer.status).header('cache-control', 'no-store');
      if (answer.body === undefined) return reply.send();
      // As bytes: to a text fastify would add a charset, which JSON does not have.
      return reply.type('application/json').send(Buffer.from(answer.body));
    });
    addRefusals();
  });
}
