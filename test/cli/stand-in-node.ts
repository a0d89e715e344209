import process from 'node:process';
import type { CreateNode } from '../../src/cli/run-node.ts';
import { runNode } from '../../src/cli/run-node.ts';
import { StopSignals } from '../../src/cli/stop-signals.ts';

const allSaved = { spilled: [], lost: [] };

/** How the node of this process behaves: what each kind of node does at start and stop. */
const BEHAVIORS: Record<string, CreateNode> = {
  good: ({ log }) => ({
    start: async () => log.info('node started'),
    stop: async () => {
      log.info('node stopped');
      return allSaved;
    },
    applySettings: (settings) => log.info('node changed', { ping_interval: settings.ping_interval }),
  }),
  'slow-to-stop': ({ log }) => ({
    start: async () => log.info('node started'),
    stop: () => new Promise(() => {}),
    applySettings() {},
  }),
  unsaved: ({ log }) => ({
    start: async () => log.info('node started'),
    stop: async () => ({ spilled: ['calls'], lost: ['bills'] }),
    applySettings() {},
  }),
  'slow-to-start': ({ log }) => {
    let giveUp = (_error: Error): void => {};
    return {
      start() {
        log.info('node starting');
        return new Promise((_, reject) => {
          giveUp = reject;
        });
      },
      async stop() {
        giveUp(new Error('called off'));
        return allSaved;
      },
      applySettings() {},
    };
  },
  throwing: ({ log }) => ({
    async start() {
      log.info('node started');
      setImmediate(() => {
        throw new Error('a mistake in the program');
      });
    },
    stop: async () => allSaved,
    applySettings() {},
  }),
  rejecting: ({ log }) => ({
    async start() {
      log.info('node started');
      void Promise.reject(new Error('a forgotten promise'));
    },
    stop: async () => allSaved,
    applySettings() {},
  }),
};

const [behavior = 'good', configFile] = process.argv.slice(2);
const createNode = BEHAVIORS[behavior] as CreateNode;
process.exit(await runNode({ environment: process.env, flags: [], configFile }, createNode, new StopSignals()));
