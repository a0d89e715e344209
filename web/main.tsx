import { render } from 'preact';
import { NodeApi } from './net/node-api.ts';
import { Session } from './net/session.ts';
import { Store } from './net/store.ts';
import { Dashboard } from './page/dashboard.tsx';
import { type DashboardState, nothingYet } from './state/dashboard-state.ts';

const api = new NodeApi();
const place = document.getElementById('page');
if (place === null) throw new Error('the page has no place for the dashboard');

let session: Session;

function begin(): void {
  session = new Session(api, store.tell);
  session.start();
}

/** `undefined` forgets the token. */
function useToken(token: string | undefined): void {
  session.stop();
  api.token = token;
  store.tell({ kind: 'reset' });
  begin();
}

function draw(state: DashboardState): void {
  document.title = titleOf(state);
  const actions = { api, useToken, readQueues: () => session.readQueues() };
  render(<Dashboard state={state} actions={actions} />, place as HTMLElement);
}

function titleOf({ connection, nodes }: DashboardState): string {
  if (connection.kind === 'lost') return 'disconnected · kdmq';
  const away = nodes.filter(({ status }) => status !== 'active').length;
  return away === 0 ? 'kdmq' : `${away} not active · kdmq`;
}

const store = new Store(draw);
draw(nothingYet);
begin();
