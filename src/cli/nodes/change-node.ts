import { EXIT_CODES } from '../exit-codes.ts';
import type { NodeApi } from '../node-api/node-api.ts';
import { print } from '../print.ts';

/** `kdmq nodes add`. */
export async function addNode(api: NodeApi, uri: string): Promise<number> {
  const answer = (await api.ask({ method: 'POST', path: '/nodes', body: { uri } })) as { uri: string };
  await print(`${answer.uri} is looked for\n`);
  return EXIT_CODES.ok;
}

/** `kdmq nodes remove`. */
export async function removeNode(api: NodeApi, uri: string): Promise<number> {
  await api.ask({ method: 'DELETE', path: `/nodes/${encodeURIComponent(uri)}` });
  await print(`${uri} is off the list\n`);
  return EXIT_CODES.ok;
}

/** `kdmq nodes status`. */
export async function changeStatus(api: NodeApi, uri: string, status: string): Promise<number> {
  const path = `/nodes/${encodeURIComponent(uri)}`;
  const node = (await api.ask({ method: 'PATCH', path, body: { status } })) as { uri: string; status: string };
  await print(`${node.uri} is ${node.status}\n`);
  return EXIT_CODES.ok;
}
