import { useState } from 'preact/hooks';
import type { Item, Role } from '../state/api-answers.ts';
import type { ShownQueue } from '../state/dashboard-state.ts';
import { countWords, visibleText } from '../state/words.ts';
import type { Actions } from './actions.ts';
import { ItemTable } from './item-table.tsx';

interface Parts {
  readonly queue: ShownQueue;
  readonly role: Role;
  readonly actions: Actions;
}

/** What was last done with the queue. */
interface Outcome {
  readonly isBad: boolean;
  readonly text: string;
}

const pageSize = 20;

/** One queue: looks at its items, adds one, fetches one. */
export function QueuePanel({ queue, role, actions }: Parts) {
  const { name, definition, leaseMs } = queue;
  const [peeked, setPeeked] = useState<{ readonly items: readonly Item[]; readonly next?: number } | undefined>(
    undefined,
  );
  const [fetched, setFetched] = useState<readonly Item[]>([]);
  const [key, setKey] = useState('');
  const [value, setValue] = useState('');
  const [outcome, setOutcome] = useState<Outcome | undefined>(undefined);
  const mayWrite = role === 'write';
  const path = `queues/${encodeURIComponent(name)}`;

  const doing = async (work: () => Promise<string>): Promise<void> => {
    try {
      setOutcome({ isBad: false, text: await work() });
    } catch (error) {
      setOutcome({ isBad: true, text: error instanceof Error ? error.message : String(error) });
    }
    actions.readQueues();
  };
  const peek = (after?: number): Promise<void> =>
    doing(async () => {
      const from = after === undefined ? '' : `&after=${after}`;
      const page = await actions.api.ask<{ items: Item[]; next?: number }>(
        'GET',
        `${path}/items?limit=${pageSize}${from}`,
      );
      setPeeked(page);
      return page.items.length === 0
        ? 'There is nothing that can be fetched.'
        : `${page.items.length} items are shown.`;
    });
  const add = (): Promise<void> =>
    doing(async () => {
      const { items } = await actions.api.ask<{ items: { id: string; outcome: string }[] }>('POST', `${path}/items`, {
        key,
        value,
      });
      setValue('');
      const [added] = items;
      return added === undefined ? 'Nothing was added.' : `Item ${added.id}: ${added.outcome}.`;
    });
  const fetchOne = (): Promise<void> =>
    doing(async () => {
      const { items } = await actions.api.ask<{ items: Item[] }>('POST', `${path}/fetch?max=1`);
      setFetched((before) => [...items, ...before].slice(0, pageSize));
      const [item] = items;
      if (item === undefined) return 'The queue is empty.';
      return item.receipt === undefined
        ? `Item ${item.id} has left the queue.`
        : `Item ${item.id} is lent: acknowledge it or give it back.`;
    });
  const settle = ({ id, receipt }: Item, what: 'ack' | 'nack'): Promise<void> =>
    doing(async () => {
      // A receipt works once, whatever comes of it.
      setFetched((before) => before.map((one) => (one.receipt === receipt ? withoutReceipt(one) : one)));
      await actions.api.ask('POST', `${path}/items/${receipt}/${what}`);
      return what === 'ack' ? `Item ${id} is acknowledged.` : `Item ${id} is back in its place.`;
    });

  return (
    <section class="near" aria-labelledby="queue">
      <h3 id="queue">
        Queue <bdi class="mono">{visibleText(name)}</bdi>
      </h3>
      <p class="quiet mono">{visibleText(definition)}</p>
      {!mayWrite && (
        <p id="why-not" class="note">
          Read-only: to add and to fetch takes a token of the role write.
        </p>
      )}
      <div class="controls">
        <button type="button" onClick={() => void peek()}>
          Peek
        </button>
        <button
          type="button"
          disabled={!mayWrite}
          aria-describedby={mayWrite ? 'fetch-means' : 'why-not'}
          onClick={() => void fetchOne()}
        >
          Fetch one
        </button>
        <span id="fetch-means" class="quiet">
          {leaseMs > 0 ? `It is lent for ${countWords(leaseMs)} ms.` : 'It leaves the queue at once.'}
        </span>
      </div>
      <form
        class="controls"
        aria-label="Add an item"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <label class="inline">
          Key{' '}
          <input
            value={key}
            disabled={!mayWrite}
            autocomplete="off"
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </label>
        <label class="inline">
          Value{' '}
          <input
            value={value}
            disabled={!mayWrite}
            autocomplete="off"
            onInput={(event) => setValue(event.currentTarget.value)}
          />
        </label>
        <button type="submit" disabled={!mayWrite} aria-describedby={mayWrite ? undefined : 'why-not'}>
          Add
        </button>
      </form>
      <p role="status" class={outcome?.isBad === true ? 'alert' : 'outcome'}>
        {outcome !== undefined && visibleText(outcome.text)}
      </p>
      {fetched.length > 0 && <ItemTable caption="Fetched here, the newest first" items={fetched} settle={settle} />}
      {peeked !== undefined && peeked.items.length > 0 && (
        <ItemTable caption="Items that can be fetched, the oldest first" items={peeked.items} />
      )}
      {peeked?.next !== undefined && (
        <button type="button" onClick={() => void peek(peeked.next)}>
          Next items
        </button>
      )}
    </section>
  );
}

function withoutReceipt({ receipt: _, leasedUntil: __, ...item }: Item): Item {
  return item;
}
