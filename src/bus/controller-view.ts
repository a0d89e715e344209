import type { WatchState } from './kubernetes/resource-watch.ts';

/** How one watch stands, for metrics and `/readyz?verbose`. */
export interface WatchView {
  readonly resource: string;
  readonly phase: WatchState['phase'];
  readonly forMs: number;
  readonly detail: string;
}

/** How the controller stands. */
export interface ControllerView {
  /** `off`: not in a cluster, or switched off. The others are the worst of its watches; a CRD that is not installed is no trouble. */
  readonly state: 'off' | 'starting' | 'watching' | 'unreachable' | 'forbidden';
  /** Why it is off, or what the API said last; empty where all is well. */
  readonly detail: string;
  /** Since when it is so, in milliseconds ago. */
  readonly forMs: number;
  readonly watches: readonly WatchView[];
  readonly leader: boolean;
  /** Who leads, as far as is known; empty when nobody does. */
  readonly holder: string;
}

/** The view out of how the watches stand now. */
export function controllerView(
  states: readonly (readonly [resource: string, state: WatchState])[],
  leader: boolean,
  holder: string,
  now: number,
): ControllerView {
  const watches = states.map(
    ([resource, { phase, since, detail }]): WatchView => ({ resource, phase, forMs: now - since, detail }),
  );
  const bad = ['unreachable', 'forbidden', 'starting'] as const;
  const state = bad.find((phase) => watches.some((watch) => watch.phase === phase)) ?? 'watching';
  const decisive = watches.filter(({ phase }) => phase === state);
  const ages = decisive.length > 0 ? decisive.map(({ forMs }) => forMs) : [0];
  const said = decisive.find(({ detail }) => detail !== '');
  return {
    state,
    detail: said === undefined ? '' : `${said.resource}: ${said.detail}`,
    forMs: (state === 'watching' ? Math.min : Math.max)(...ages),
    watches,
    leader,
    holder,
  };
}
