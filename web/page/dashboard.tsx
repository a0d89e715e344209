import { useMemo } from 'preact/hooks';
import { busMap } from '../state/bus-map.ts';
import type { DashboardState } from '../state/dashboard-state.ts';
import type { Actions } from './actions.ts';
import { BarrierForm } from './barrier-form.tsx';
import { BusMapSection } from './bus-map-section.tsx';
import { ChannelSection } from './channel-section.tsx';
import { EventSection } from './event-section.tsx';
import { NodeSection } from './node-section.tsx';
import { PageHead } from './page-head.tsx';
import { QueueSection } from './queue-section.tsx';
import { Summary } from './summary.tsx';

/** The whole page. */
export function Dashboard({ state, actions }: { readonly state: DashboardState; readonly actions: Actions }) {
  const { barrier, status, nodes, views, channels, queues, told, connection } = state;
  const map = useMemo(() => busMap(nodes, views), [nodes, views]);
  // Events come by the hundred: what they do not change is not drawn again.
  const nodeSection = useMemo(() => <NodeSection nodes={nodes} />, [nodes]);
  const mapSection = useMemo(() => <BusMapSection map={map} />, [map]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <PageHead state={state} actions={actions} />
      <main id="main" tabIndex={-1} class={connection.kind === 'lost' ? 'stale' : ''}>
        {barrier !== 'none' && <BarrierForm barrier={barrier} actions={actions} />}
        {barrier === 'none' && status === undefined && connection.kind !== 'lost' && <p>Asking the node …</p>}
        {status !== undefined && (
          <>
            <Summary state={state} splits={map.splits} />
            <div class="columns">
              <div>
                {nodeSection}
                <QueueSection queues={queues} role={status.role} actions={actions} />
              </div>
              <div>
                {mapSection}
                <ChannelSection channels={channels} />
                <EventSection told={told} />
              </div>
            </div>
          </>
        )}
      </main>
      <footer>
        <a href="readyz?verbose">Health checks</a>
        {/* A link shows no token. */}
        {actions.api.token === undefined && <a href="docs">HTTP interface</a>}
        <a href="licences.txt">Licences</a>
      </footer>
    </>
  );
}
