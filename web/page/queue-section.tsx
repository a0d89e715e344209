import { useState } from 'preact/hooks';
import type { Role } from '../state/api-answers.ts';
import type { ShownQueue } from '../state/dashboard-state.ts';
import { bytesWords, countWords, spanWords, visibleText } from '../state/words.ts';
import type { Actions } from './actions.ts';
import { QueuePanel } from './queue-panel.tsx';
import { ScrollBox } from './scroll-box.tsx';
import { Sparkline } from './sparkline.tsx';

interface Parts {
  readonly queues: readonly ShownQueue[];
  readonly role: Role;
  readonly actions: Actions;
}

/** The queues, and one of them from near. */
export function QueueSection({ queues, role, actions }: Parts) {
  const [chosen, choose] = useState<string | undefined>(undefined);
  const open = queues.find(({ name }) => name === chosen);
  return (
    <section class="panel" aria-labelledby="queues">
      <h2 id="queues">Queues</h2>
      {queues.length === 0 ? (
        <p class="quiet">This node has none. The setting mqueue names them.</p>
      ) : (
        <ScrollBox label="Queues, table">
          <table>
            <caption>Items that can be fetched, while this page was open, ten minutes at most</caption>
            <thead>
              <tr>
                <th scope="col">Queue</th>
                <th scope="col">State</th>
                <th scope="col" class="number">
                  Items
                </th>
                <th scope="col">Over time</th>
                <th scope="col" class="number">
                  Oldest
                </th>
                <th scope="col" class="number">
                  Lent
                </th>
                <th scope="col" class="number">
                  Delayed
                </th>
                <th scope="col" class="number">
                  Bytes
                </th>
                <th scope="col" class="number">
                  Dropped
                </th>
                <th scope="col">Durability</th>
              </tr>
            </thead>
            <tbody>
              {queues.map((queue) => (
                <QueueRow
                  key={queue.name}
                  queue={queue}
                  isOpen={queue === open}
                  toggle={() => choose(queue === open ? undefined : queue.name)}
                />
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
      {open !== undefined && <QueuePanel key={open.name} queue={open} role={role} actions={actions} />}
    </section>
  );
}

interface RowParts {
  readonly queue: ShownQueue;
  readonly isOpen: boolean;
  readonly toggle: () => void;
}

function QueueRow({ queue, isOpen, toggle }: RowParts) {
  const { name, state, why, size, delayed, leased, bytes, oldestMs, durability, depths, counts } = queue;
  const highest = Math.max(size, ...depths);
  const dropped = Object.values(counts.dropped).reduce((sum, count) => sum + count, 0);
  return (
    <tr data-queue={name} class={isOpen ? 'open' : ''}>
      <th scope="row" class="mono">
        <button type="button" class="link" aria-expanded={isOpen} onClick={toggle}>
          <bdi>{visibleText(name)}</bdi>
        </button>
      </th>
      <td>
        <span class={`dot ${state === 'ready' ? 'good' : 'bad'}`} aria-hidden="true" /> {visibleText(state)}
        {why !== undefined && <small>{visibleText(why)}</small>}
      </td>
      <td class="number strong">{countWords(size)}</td>
      <td>
        <Sparkline
          series={depths}
          label={`${visibleText(name)}, items: now ${countWords(size)}, highest ${countWords(highest)}`}
        />
      </td>
      <td class="number">{oldestMs === undefined ? '–' : spanWords(oldestMs)}</td>
      <td class="number">{countWords(leased)}</td>
      <td class="number">{countWords(delayed)}</td>
      <td class="number">{bytesWords(bytes)}</td>
      <td class="number">{countWords(dropped)}</td>
      <td>{visibleText(durability)}</td>
    </tr>
  );
}
