/** `kdmq start` with one thing more: a peer on the channel `demo`, so that a broadcast has somebody who answers. */
import { createNode } from '../../src/app.ts';
import { runNode } from '../../src/cli/run-node.ts';
import { StopSignals } from '../../src/cli/stop-signals.ts';
import { demoPeer } from './demo-peer.ts';

const signals = new StopSignals();
const exitCode = await runNode(
  { environment: process.env, flags: [] },
  (parts) => {
    const node = createNode(parts);
    node.registerPeer(demoPeer((fields) => parts.log.info('heard', fields)));
    return node;
  },
  signals,
);
process.exit(exitCode);
