import { createNode, type NodeParts } from './app.ts';
import type { Origin } from './core/settings/read-settings.ts';
import { settingsByName, shownSettings } from './core/settings/shown-settings.ts';
import type { Settings } from './core/settings.ts';
import { CounterRegistry } from './edges/counters/counter-registry.ts';
import type { HttpServer } from './edges/http/server/http-server.ts';
import { SystemClock } from './edges/system/system-clock.ts';
import { SystemRandom } from './edges/system/system-random.ts';
import { httpFor } from './http-for.ts';
import type { KdmqNode } from './kdmq-node.ts';
import type { Log } from './ports/telemetry.ts';

/** A node and its HTTP interface, as `kdmq start` runs them. */
export interface ServedNode {
  /** HTTP answers before the node has begun to start. Rejects as that of the node, or with an HttpListenError. */
  start(): Promise<void>;
  /** HTTP answers until the node has stopped. */
  stop(): ReturnType<KdmqNode['stop']>;
  applySettings(settings: Settings, origins: ReadonlyMap<string, Origin>): void;
}

export interface ServedParts extends Pick<NodeParts, 'settings' | 'log'> {
  /** Where the settings come from. */
  readonly origins: ReadonlyMap<string, Origin>;
}

/** Composes a node with the edges that show it to the outside. */
export function serveNode({ settings, origins, log }: ServedParts): ServedNode {
  const counters = new CounterRegistry();
  const node = createNode({ settings, log, counters });
  const { http_listen: listen } = settings;
  if (listen.kind === 'off') return node;
  let shown = shownSettings(settings, origins);
  const http = httpFor(settings, listen, {
    node,
    configuration: () => settingsByName(shown),
    clock: new SystemClock(),
    random: new SystemRandom(),
    log,
    counters,
  });
  const running: ServedNode = {
    start: () => node.start(),
    stop: () => node.stop(),
    applySettings(changed, from) {
      shown = shownSettings(changed, from);
      node.applySettings(changed);
    },
  };
  return withHttp(running, http, log);
}

/** Puts the life of a node into that of its HTTP interface. */
export function withHttp(node: ServedNode, server: Pick<HttpServer, 'start' | 'stop' | 'url'>, log: Log): ServedNode {
  let stopping = false;
  return {
    async start() {
      await server.start();
      log.info('http: served', { url: server.url });
      if (!stopping) await node.start();
    },
    async stop() {
      stopping = true;
      try {
        return await node.stop();
      } finally {
        await server.stop();
      }
    },
    applySettings: (changed, origins) => node.applySettings(changed, origins),
  };
}
