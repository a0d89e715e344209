import type { DashboardState } from '../state/dashboard-state.ts';
import { countWords, rateWords, visibleText } from '../state/words.ts';

/** The few figures that say whether one has to look closer. */
export function Summary({ state, splits }: { readonly state: DashboardState; readonly splits: number }) {
  const { status, nodes, channels, queues } = state;
  if (status === undefined) return null;
  const active = nodes.filter((node) => node.status === 'active').length;
  const suspected = nodes.filter((node) => node.suspected).length;
  const waiting = queues.reduce((sum, { size }) => sum + size, 0);
  const last = (rates: readonly number[]): number => rates.at(-1) ?? 0;
  const received = channels.reduce((sum, { receivedRates }) => sum + last(receivedRates), 0);
  const sent = channels.reduce((sum, { sentRates }) => sum + last(sentRates), 0);
  const failed = status.checks.filter(({ result }) => result === 'failed');
  const [store = '', ...place] = status.store.split(':');
  const broken = queues.filter((queue) => queue.state !== 'ready').length;
  return (
    <section aria-label="Summary">
      <dl class="figures">
        <Figure name="This node" tone={status.ready ? 'good' : 'bad'}>
          {status.stopping ? 'stopping' : status.ready ? 'ready' : 'not ready'}
          {failed.map(({ name, detail }) => (
            <small key={name}>
              {visibleText(name)}: {visibleText(detail)}
            </small>
          ))}
        </Figure>
        <Figure name="Nodes active" tone={active < nodes.length || suspected > 0 ? 'warn' : 'good'}>
          {active} of {nodes.length}
          {suspected > 0 && <small>{suspected} suspected</small>}
        </Figure>
        <Figure name="Split views" tone={splits > 0 ? 'bad' : 'good'}>
          {splits === 0 ? 'none' : `of ${splits} ${splits === 1 ? 'node' : 'nodes'}`}
        </Figure>
        <Figure name="Messages in">{rateWords(received)}</Figure>
        <Figure name="Messages out">{rateWords(sent)}</Figure>
        <Figure name="Items in queues" tone={broken > 0 ? 'bad' : undefined}>
          {countWords(waiting)}
          {broken > 0 && <small>{broken} not ready</small>}
        </Figure>
        <Figure name="Store">
          {visibleText(store)}
          <small class="cut" title={visibleText(status.store)}>
            {visibleText(place.join(':'))}
          </small>
        </Figure>
        <Figure name="Kubernetes">
          {visibleText(status.kubernetes.state)}
          {status.kubernetes.holder !== '' && <small>led by {visibleText(status.kubernetes.holder)}</small>}
        </Figure>
      </dl>
    </section>
  );
}

interface FigureParts {
  readonly name: string;
  readonly tone?: 'good' | 'warn' | 'bad' | undefined;
  readonly children: preact.ComponentChildren;
}

function Figure({ name, tone, children }: FigureParts) {
  return (
    <div class={`figure ${tone ?? ''}`}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
