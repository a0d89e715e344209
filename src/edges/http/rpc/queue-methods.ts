import { writeBase64 } from '../../../core/base64.ts';
import { RpcError } from './rpc-error.ts';
import type { RpcMethod, RpcParts } from './rpc-method.ts';

/** Kamailio has its own codes for the same mistake in its two methods. */
const MISTAKES = {
  get_size: { noName: 400, noQueue: 404 },
  fetch: { noName: 500, noQueue: 500 },
} as const;

/** The methods of Kamailio's mqueue module. */
export function queueMethods({ node }: Pick<RpcParts, 'node'>): Record<string, RpcMethod> {
  const queueOf = (method: keyof typeof MISTAKES, [name]: readonly unknown[]) => {
    const { noName, noQueue } = MISTAKES[method];
    if (typeof name !== 'string') throw new RpcError(noName, 'No queue name');
    if (!node.queues.has(name)) throw new RpcError(noQueue, 'No such queue');
    return node.queues.get(name);
  };
  return {
    'mqueue.get_size': {
      need: 'read',
      run: (params) => {
        const queue = queueOf('get_size', params);
        return { name: queue.name, size: queue.size() };
      },
    },
    'mqueue.get_sizes': {
      need: 'read',
      run: () => node.queues.all().map((queue) => ({ name: queue.name, size: queue.size() })),
    },
    'mqueue.fetch': {
      need: 'write',
      run: async (params) => {
        const queue = queueOf('fetch', params);
        const item = await queue.fetch().catch((error: Error) => {
          throw new RpcError(503, error.message);
        });
        if (item === undefined) throw new RpcError(404, 'Empty queue');
        // A caller that is gone can't acknowledge it: as with Kamailio it has left the queue.
        await item.ack().catch(() => false);
        return { ...shown('key', item.key), ...shown('val', item.value) };
      },
    },
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lossy = new TextDecoder('utf-8', { ignoreBOM: true });

/** Bytes as text. What is no UTF-8 stands there a second time, whole. */
function shown<Name extends string>(name: Name, bytes: Uint8Array): Record<string, string> {
  try {
    return { [name]: utf8.decode(bytes) };
  } catch {
    return { [name]: lossy.decode(bytes), [`${name}_base64`]: writeBase64(bytes) };
  }
}
