/**
 * Runs in a pod beside a release and does from inside of the cluster what a test asks for: there pods and services are
 * reached under their addresses, and times are those of one clock.
 */
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { type Exchange, exchange } from './exchange.ts';
import { type Look, lookUntil } from './node-lists.ts';
import { type LoadPlan, SteadyLoad } from './steady-load.ts';

const loads = new Map<string, SteadyLoad>();

function startLoad({ name, plan }: { readonly name: string; readonly plan: LoadPlan }): boolean {
  loads.set(name, new SteadyLoad(plan));
  return true;
}

const deeds: Readonly<Record<string, (order: never) => unknown>> = {
  '/exchange': (exchanges: readonly Exchange[]) => Promise.all(exchanges.map(exchange)),
  '/look': (look: Look) => lookUntil(look),
  '/load/start': startLoad,
  '/load/stop': ({ name }: { readonly name: string }) => loads.get(name)?.stop(),
};

const server = createServer(async (request, response) => {
  const deed = deeds[request.url ?? ''];
  const answer = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  if (request.method === 'GET') return answer(200, 'ready');
  if (deed === undefined) return answer(404, 'no such deed');
  try {
    answer(200, (await deed((await json(request)) as never)) ?? null);
  } catch (error) {
    answer(500, String(error));
  }
});
// The API server keeps connections for the next order, and fails one that meets the end of an idle one.
server.keepAliveTimeout = 0;
server.listen(8080);
process.on('SIGTERM', () => process.exit(0));
