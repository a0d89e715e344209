import type { FastifyInstance } from 'fastify';
import type { KdmqNode, NodeStatus } from '../../../kdmq-node.ts';
import { configurationSchema, countersSchema, statusSchema, versionSchema } from './about-schemas.ts';

/** A setting as it may be shown, and where its value comes from. */
export interface ShownSetting {
  readonly value: unknown;
  readonly source: string;
}

export interface AboutParts {
  readonly node: Pick<KdmqNode, 'status' | 'readiness' | 'nodes' | 'controller' | 'queues' | 'counters'>;
  readonly version: string;
  readonly configuration: () => Readonly<Record<string, ShownSetting>>;
}

const tags = ['node'];

/** What this node is, how it is configured and how it stands. */
export function aboutRoutes(app: FastifyInstance, { node, version, configuration }: AboutParts): void {
  app.get(
    '/version',
    {
      schema: {
        tags,
        operationId: 'getVersion',
        summary: 'What answers here',
        response: { 200: { description: 'Name and version', content: json(versionSchema) } },
      },
    },
    () => ({ name: 'kdmq', version, runtime: process.version }),
  );

  app.get(
    '/config',
    {
      schema: {
        tags,
        operationId: 'getConfiguration',
        summary: 'The settings in use, each with its source; secrets are hidden',
        response: { 200: { description: 'By name', content: json(configurationSchema) } },
      },
    },
    () => configuration(),
  );

  app.get(
    '/counters',
    {
      schema: {
        tags,
        operationId: 'getCounters',
        summary: 'Everything that has been counted since the start, what was dropped and why',
        response: { 200: { description: 'The counters', content: json(countersSchema) } },
      },
    },
    () => ({ counters: node.counters() }),
  );

  app.get(
    '/status',
    {
      schema: {
        tags,
        operationId: 'getStatus',
        summary: 'How this node stands',
        response: { 200: { description: 'The node', content: json(statusSchema) } },
      },
    },
    ({ role }) => {
      const { uri, instance, uptimeMs, joined, stopping } = node.status();
      const { ready, checks } = node.readiness();
      const { state, detail, leader, holder } = node.controller();
      return {
        uri,
        instance,
        version,
        uptimeMs,
        joined,
        stopping,
        ready,
        checks,
        nodes: counted(node.nodes().map(({ status }) => status)),
        kubernetes: { state, detail, leader, holder },
        store: node.queues.store,
        queues: node.queues.states(),
        role,
      };
    },
  );
}

const json = (schema: object) => ({ 'application/json': { schema } });

function counted(statuses: readonly NodeStatus[]): Readonly<Record<NodeStatus, number>> {
  const counts = { active: 0, not_active: 0, disabled: 0 };
  for (const status of statuses) counts[status] += 1;
  return counts;
}
