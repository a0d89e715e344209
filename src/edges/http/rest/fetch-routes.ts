import type { FastifyInstance, FastifyReply } from 'fastify';
import type { FromSchema } from 'json-schema-to-ts';
import type { FetchedItem, KdmqNode } from '../../../kdmq-node.ts';
import { HttpProblem } from '../server/http-problem.ts';
import type { BoundedCalls } from './bounded-calls.ts';
import { bytesAhead, fetchItems } from './fetch-items.ts';
import { invalid } from './invalid.ts';
import { fetchQuery, itemsSchema, nackQuery, receiptParams } from './item-schemas.ts';
import { holdLarge } from './large-answer.ts';
import { problems } from './problem-schema.ts';
import { queueParams } from './queue-schemas.ts';
import { rawHeaders, rawType, sendRaw, wantsRaw } from './raw-item.ts';
import type { Receipts } from './receipts.ts';
import type { Lent, Saying, Settlements } from './settlements.ts';
import { shownItem, shownTime } from './shown-item.ts';

export interface FetchParts {
  readonly node: Pick<KdmqNode, 'queues' | 'status'>;
  readonly receipts: Receipts;
  readonly settlements: Settlements;
  readonly waits: BoundedCalls;
  /** Large answers that their clients have not read yet. */
  readonly answers: BoundedCalls;
}

type Receipt = FromSchema<typeof receiptParams>;

const tags = ['queues'];
const over = {
  404: 'There is no such queue',
  410: 'The lease is over, or the receipt was used for something else: somebody else may have the item',
  503: 'The queue or its store can not do it now. The same again says what has become of it',
};

/** Fetching items, and what is said of lent ones. */
export function fetchRoutes(app: FastifyInstance, { node, receipts, settlements, waits, answers }: FetchParts): void {
  app.post<{ Params: FromSchema<typeof queueParams>; Querystring: FromSchema<typeof fetchQuery> }>(
    '/queues/:queue/fetch',
    {
      schema: {
        tags,
        operationId: 'fetchItems',
        summary: 'Take the oldest items',
        description:
          'A queue with `lease_ms` lends them: they come again unless they are acknowledged with their receipt. From another queue they have left it, ' +
          'also when the answer is lost on its way. Without an item within `wait_ms` the list is empty. ' +
          'Who accepts `application/octet-stream` and rather not JSON gets the value of one item as it is, with the rest in headers; 204 without one.',
        params: queueParams,
        querystring: fetchQuery,
        response: {
          200: {
            description: 'The items, oldest first; or one value, and these headers',
            headers: rawHeaders,
            content: { 'application/json': { schema: itemsSchema }, [rawType]: { schema: {} } },
          },
          204: { description: 'Where one value is wanted as it is: there is none', type: 'null' },
          ...problems({
            404: 'There is no such queue',
            503: 'The queue or its store can not do it now, too many wait or have large answers, or the node stops',
          }),
        },
      },
    },
    async (request, reply) => {
      const { max, wait_ms: waitMs } = request.query;
      const isRaw = wantsRaw(request.headers.accept);
      if (isRaw && max > 1) throw invalid(`the query: "max" is ${max}; as ${rawType} one item is answered`);
      const queue = node.queues.get(request.params.queue);
      // Before anything is taken: what has left its queue could not be refused any more.
      holdLarge(answers, reply, bytesAhead(queue, max));
      const gone = goneSignal(reply);
      const end = waitMs > 0 ? waits.begin() : () => {};
      const items = await fetchItems(queue, { max, waitMs, signal: gone }).finally(end);
      if (items.length === 0 && node.status().stopping) throw nodeStops();
      if (gone.aborted) await giveBack(items);
      if (isRaw) return sendRaw(reply, items[0], items[0] && receiptOf(items[0], queue.name));
      return { items: items.map((item) => shown(item, queue.name)) };
    },
  );

  app.post<{ Params: Receipt }>(
    '/queues/:queue/items/:receipt/ack',
    {
      schema: {
        tags,
        operationId: 'ackItem',
        summary: 'Done with an item: it is never given out again',
        description: 'May be sent again, after 503 or when no answer came: the answer is what is true then.',
        params: receiptParams,
        response: { 204: { description: 'It is out of the queue', type: 'null' }, ...problems(over) },
      },
    },
    async ({ params }, reply) => {
      await settle(params, 'ack', (lent) => lent.ack());
      return reply.code(204).send();
    },
  );

  app.post<{ Params: Receipt; Querystring: FromSchema<typeof nackQuery> }>(
    '/queues/:queue/items/:receipt/nack',
    {
      schema: {
        tags,
        operationId: 'nackItem',
        summary: 'Give an item back to its place, or after a delay',
        description: 'May be sent again when no answer came: the item is given back once.',
        params: receiptParams,
        querystring: nackQuery,
        response: { 204: { description: 'It is in the queue again', type: 'null' }, ...problems(over) },
      },
    },
    async ({ params, query }, reply) => {
      const { delay_ms: delayMs } = query;
      await settle(params, 'nack', (lent) => lent.nack(delayMs === undefined ? {} : { delayMs }));
      return reply.code(204).send();
    },
  );

  function shown(item: FetchedItem, queue: string) {
    const { leasedUntil } = item;
    if (leasedUntil === undefined) return shownItem(item);
    return { ...shownItem(item), receipt: receiptOf(item, queue), leasedUntil: shownTime(leasedUntil) };
  }

  function receiptOf(item: FetchedItem, queue: string): string | undefined {
    return item.leasedUntil === undefined ? undefined : receipts.give(queue, item);
  }

  async function settle(params: Receipt, saying: Saying, say: (lent: Lent) => Promise<boolean>): Promise<void> {
    const queue = node.queues.get(params.queue).name;
    if (!(await settlements.settle(queue, params.receipt, saying, say))) throw leaseOver(params);
  }
}

/** Aborted when the client has gone before the answer. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}

/** Nobody has had them: that is no delivery, and the next shall not have to wait for the end of the lease. The last goes first, so that they lie as before. */
async function giveBack(items: readonly FetchedItem[]): Promise<void> {
  for (const item of items.toReversed()) await item.nack({ counts: false }).catch(() => false);
}

function leaseOver({ queue, receipt }: Receipt): HttpProblem {
  return new HttpProblem({
    status: 410,
    code: 'LEASE_OVER',
    title: 'The lease is over',
    detail: `no lease of queue ${queue} has the receipt ${receipt}: it has ended, or something else was said of its item`,
  });
}

function nodeStops(): HttpProblem {
  return new HttpProblem({
    status: 503,
    code: 'NODE_STOPPING',
    title: 'The node is stopping',
    detail: 'the node is stopping: nothing was fetched',
    headers: { 'retry-after': '5' },
  });
}
