import type { Outcomes } from '../state/api-answers.ts';
import type { ShownChannel } from '../state/dashboard-state.ts';
import type { Series } from '../state/series.ts';
import { countWords, rateWords, visibleText } from '../state/words.ts';
import { ScrollBox } from './scroll-box.tsx';
import { Sparkline } from './sparkline.tsx';

const ROLES = { peer: 'a program here', own: 'the nodes themselves', sent: 'nobody here' } as const;

/** Messages by channel. */
export function ChannelSection({ channels }: { readonly channels: readonly ShownChannel[] }) {
  const own = channels.filter((channel) => channel.role === 'own');
  const others = channels.filter((channel) => channel.role !== 'own');
  return (
    <section class="panel" aria-labelledby="channels">
      <h2 id="channels">Channels</h2>
      <ScrollBox label="Channels, table">
        <table>
          <caption>
            Messages a second while this page was open, ten minutes at most; below them what came of all
          </caption>
          <thead>
            <tr>
              <th scope="col">Channel</th>
              <th scope="col" class="number">
                In
              </th>
              <th scope="col">In, over time</th>
              <th scope="col" class="number">
                Out
              </th>
              <th scope="col">Out, over time</th>
            </tr>
          </thead>
          <tbody>
            {[...others, ...own].map((channel) => (
              <ChannelRow key={channel.name} channel={channel} />
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </section>
  );
}

function ChannelRow({ channel }: { readonly channel: ShownChannel }) {
  const { name, role, counts, receivedRates, sentRates } = channel;
  const shown = name === '' ? 'all others' : visibleText(name);
  return (
    <tr>
      <th scope="row" class="mono">
        <bdi>{shown}</bdi>
        <small class="below">answered by {ROLES[role]}</small>
      </th>
      {counts === undefined ? (
        <td colSpan={4} class="quiet">
          not counted
        </td>
      ) : (
        <>
          <RateCells channel={shown} direction="in" outcomes={counts.received} rates={receivedRates} />
          <RateCells channel={shown} direction="out" outcomes={counts.sent} rates={sentRates} />
        </>
      )}
    </tr>
  );
}

interface RateParts {
  readonly channel: string;
  readonly direction: 'in' | 'out';
  readonly outcomes: Outcomes;
  readonly rates: Series;
}

function RateCells({ channel, direction, outcomes, rates }: RateParts) {
  const now = rateWords(rates.at(-1) ?? 0);
  const label = `${channel}, messages ${direction}: now ${now}, highest ${rateWords(Math.max(0, ...rates))}`;
  return (
    <>
      <td class="number">
        {now}
        <small>{outcomeWords(outcomes)}</small>
      </td>
      <td>
        <Sparkline series={rates} label={label} />
      </td>
    </>
  );
}

function outcomeWords(outcomes: Outcomes): string {
  const words = Object.entries(outcomes).map(([outcome, count]) => `${visibleText(outcome)} ${countWords(count)}`);
  return words.length === 0 ? 'none' : words.join(', ');
}
