import { useState } from 'preact/hooks';
import { mostTold, type ToldEvent } from '../state/told-events.ts';
import { timeWords } from '../state/words.ts';
import { ScrollBox } from './scroll-box.tsx';

const TYPES = ['node', 'message', 'queue'] as const;

/** What happened since the page was opened, the newest first. */
export function EventSection({ told }: { readonly told: readonly ToldEvent[] }) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [held, hold] = useState<readonly ToldEvent[] | undefined>(undefined);
  const toggle = (type: string): void => {
    const next = new Set(hidden);
    if (!next.delete(type)) next.add(type);
    setHidden(next);
  };
  const shown = (held ?? told).filter(({ type }) => !hidden.has(type)).toReversed();
  return (
    <section class="panel" aria-labelledby="events">
      <h2 id="events">Events</h2>
      <fieldset class="controls">
        <legend class="hidden">Which events are shown</legend>
        {TYPES.map((type) => (
          <label key={type} class="inline">
            <input type="checkbox" checked={!hidden.has(type)} onChange={() => toggle(type)} /> {type}
          </label>
        ))}
        <button
          type="button"
          aria-pressed={held !== undefined}
          onClick={() => hold(held === undefined ? told : undefined)}
        >
          Pause
        </button>
      </fieldset>
      {shown.length === 0 ? (
        <p class="quiet">Nothing yet. What happens from now on stands here, the last {mostTold} events.</p>
      ) : (
        <ScrollBox label="Events, list">
          <ol class="events">
            {shown.map(({ number, at, type, text, isBad }) => (
              <li key={number} class={isBad ? 'bad' : ''}>
                <time dateTime={new Date(at).toISOString()}>{timeWords(at)}</time> <span class="tag">{type}</span>{' '}
                <bdi>{text}</bdi>
              </li>
            ))}
          </ol>
        </ScrollBox>
      )}
    </section>
  );
}
