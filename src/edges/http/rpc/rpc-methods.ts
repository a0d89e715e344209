import { logMethods } from './log-methods.ts';
import { nodeMethods } from './node-methods.ts';
import { processMethods } from './process-methods.ts';
import { queueMethods } from './queue-methods.ts';
import type { RpcMethod, RpcParts } from './rpc-method.ts';

/** All methods by name. */
export function rpcMethods(parts: RpcParts): ReadonlyMap<string, RpcMethod> {
  const methods = new Map<string, RpcMethod>(
    Object.entries({ ...nodeMethods(parts), ...queueMethods(parts), ...processMethods(parts), ...logMethods(parts) }),
  );
  methods.set('system.listMethods', { need: 'read', run: () => [...methods.keys()].sort() });
  return methods;
}
