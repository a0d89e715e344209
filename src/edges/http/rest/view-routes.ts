import type { FastifyInstance } from 'fastify';
import type { KdmqNode } from '../../../kdmq-node.ts';
import type { Clock } from '../../../ports/clock.ts';
import { viewListSchema } from './view-schemas.ts';

export interface ViewParts {
  readonly node: Pick<KdmqNode, 'views'>;
  readonly clock: Clock;
}

/** Whoever asks within this time gets what was said before: it is a message to every node. */
const freshMs = 1_000;

/** Who sees whom, as the nodes say it themselves. */
export function viewRoutes(app: FastifyInstance, { node, clock }: ViewParts): void {
  let round: Promise<object> | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  let isUnderWay = false;
  const ask = async (): Promise<object> => {
    const at = new Date(clock.wallTime()).toISOString();
    try {
      return { askedAt: at, views: await node.views() };
    } finally {
      isUnderWay = false;
    }
  };

  app.get(
    '/views',
    {
      schema: {
        tags: ['nodes'],
        operationId: 'listViews',
        summary: 'Who sees whom: the list of each node, as it says it when it is asked',
        description:
          'This node asks those that it lists, itself aside, at most once a second however many ask here. ' +
          'At most 64 are asked, fewer where the lists are longer than 10,000 nodes together; each may take a second.',
        response: {
          200: { description: 'This node first', content: { 'application/json': { schema: viewListSchema } } },
        },
      },
    },
    () => {
      if (round === undefined || (!isUnderWay && clock.now() - askedAt >= freshMs)) {
        askedAt = clock.now();
        isUnderWay = true;
        round = ask();
      }
      return round;
    },
  );
}
