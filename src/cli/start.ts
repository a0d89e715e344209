import type { StartInput } from '../edges/config/setting-sources.ts';
import { serveNode } from '../serve-node.ts';
import { runNode } from './run-node.ts';
import type { StopSignals } from './stop-signals.ts';

/** `kdmq start`: the only place where the command meets the node. */
export function start(input: StartInput, signals: StopSignals): Promise<number> {
  return runNode(input, serveNode, signals);
}
