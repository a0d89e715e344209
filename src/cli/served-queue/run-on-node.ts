import type { ApiOptions } from '../node-api/api-options.ts';
import { NodeApi } from '../node-api/node-api.ts';
import type { ExportCommand, ImportCommand, ListCommand } from '../queue/queue-command.ts';
import { exportServed } from './export-served.ts';
import { importServed } from './import-served.ts';
import { listServed } from './use-queue.ts';

/** `kdmq queue ls`, `export` and `import` through a node that runs, in the place of its store. */
export async function runOnNode(
  node: ApiOptions,
  action: ListCommand | ExportCommand | ImportCommand,
  signal: AbortSignal,
): Promise<number> {
  const api = await NodeApi.open(node, signal);
  switch (action.kind) {
    case 'ls':
      return listServed(api, action.output);
    case 'export':
      return exportServed(api, action);
    case 'import':
      return importServed(api, action, signal);
  }
}
