import { createNode } from '../app.ts';
import type { StartInput } from '../edges/config/setting-sources.ts';
import { runNode } from './run-node.ts';

/** `kdmq start`: the only place where the command meets the node. */
export function start(input: StartInput): Promise<number> {
  return runNode(input, createNode);
}
