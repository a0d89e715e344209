import { durable, type QueueNode, QueueWorld } from './queue-world.ts';

export interface Fate<T> {
  state: 'open' | 'done' | 'failed';
  result?: T;
  error?: Error;
}

export function fate<T>(work: Promise<T>): Fate<T> {
  const known: Fate<T> = { state: 'open' };
  work.then(
    (result) => Object.assign(known, { state: 'done', result }),
    (error) => Object.assign(known, { state: 'failed', error }),
  );
  return known;
}

export async function started(changes = {}, parts = {}) {
  const world = new QueueWorld();
  const node = await world.start({ ...durable, ...changes }, parts);
  const add = (...texts: readonly string[]) =>
    world.until(Promise.all(texts.map((text) => node.queue.add(text, text))), 10);
  return { world, node, ...node, add };
}

/** What the next process would find. */
export const stored = (world: QueueWorld): Promise<string[]> => world.content(durable);

/** A process dies between two moments, another one begins. */
export async function restart(world: QueueWorld, node: QueueNode, changes = {}): Promise<QueueNode> {
  world.kill(node);
  return world.start({ ...durable, ...changes });
}
