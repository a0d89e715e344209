import type { DashboardState } from '../state/dashboard-state.ts';
import { spanWords, visibleText } from '../state/words.ts';
import type { Actions } from './actions.ts';
import { ThemeSwitch } from './theme-switch.tsx';

/** Whose page it is, and whether it is up to date. */
export function PageHead({ state, actions }: { readonly state: DashboardState; readonly actions: Actions }) {
  const { status, connection } = state;
  return (
    <header class="head">
      <h1>kdmq {status !== undefined && <bdi class="mono">{visibleText(status.uri)}</bdi>}</h1>
      {status !== undefined && (
        <p class="about">
          {visibleText(status.version)}, up {spanWords(status.uptimeMs)}
        </p>
      )}
      <p role="status" class={`badge ${connection.kind === 'live' ? 'good' : connection.kind === 'lost' ? 'bad' : ''}`}>
        {connectionWords(state)}
      </p>
      <div class="tools">
        {status !== undefined && <span class="badge">role {status.role}</span>}
        {actions.api.token !== undefined && (
          <button type="button" onClick={() => actions.useToken(undefined)}>
            Forget the token
          </button>
        )}
        <ThemeSwitch />
      </div>
    </header>
  );
}

function connectionWords({ connection, barrier }: DashboardState): string {
  if (barrier !== 'none') return 'not let in';
  if (connection.kind === 'connecting') return 'connecting';
  if (connection.kind === 'live') return 'live';
  return `disconnected since ${new Date(connection.since).toLocaleTimeString()}: ${connection.why}; trying again`;
}
