import process from 'node:process';
import { createNode, type NodeParts } from './app.ts';
import { formatNodeUri } from './core/node-uri.ts';
import type { Origin } from './core/settings/read-settings.ts';
import { settingsByName, shownSettings } from './core/settings/shown-settings.ts';
import type { Settings } from './core/settings.ts';
import { CounterRegistry } from './edges/counters/counter-registry.ts';
import type { HttpServer } from './edges/http/server/http-server.ts';
import { TracingSwitch } from './edges/otel/tracing-switch.ts';
import { packageVersion } from './edges/system/package-version.ts';
import { SystemClock } from './edges/system/system-clock.ts';
import { SystemRandom } from './edges/system/system-random.ts';
import { MessageTaps } from './edges/trace/message-taps.ts';
import { httpFor } from './http-for.ts';
import type { KdmqNode } from './kdmq-node.ts';
import type { Clock } from './ports/clock.ts';
import type { LogLevels } from './ports/log-levels.ts';
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
  /** The level of `log`. */
  readonly levels: LogLevels;
  /** Says whether there are traces: the variables of OpenTelemetry. That of the process when left out. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** What is left of shutdown_grace is for traces, up to this. */
const longestFlushMs = 2_000;
/** And this in any case. */
const shortestFlushMs = 300;

/** Composes a node with the edges that show it to the outside. */
export function serveNode({ settings, origins, log, levels, environment = process.env }: ServedParts): ServedNode {
  const counters = new CounterRegistry();
  const clock = new SystemClock();
  const taps = new MessageTaps(clock);
  const attributes = { 'service.instance.id': formatNodeUri(settings.server_address) };
  const tracing = new TracingSwitch({ environment, version: packageVersion, attributes, log, counters });
  const node = createNode({ settings, log, counters, tracing, taps });
  const { http_listen: listen } = settings;
  const traces = { tracing, clock, graceMs: settings.shutdown_grace * 1_000 };
  const ending: ServedNode = {
    start: () => node.start(),
    stop: () => node.stop({ endsProcess: true }),
    applySettings: (changed) => node.applySettings(changed),
  };
  if (listen.kind === 'off') return withTraces(ending, traces);
  let shown = shownSettings(settings, origins);
  const http = httpFor(settings, listen, {
    node,
    configuration: () => settingsByName(shown),
    clock,
    random: new SystemRandom(),
    log,
    counters,
    tracing,
    levels,
    trace: taps,
  });
  const running: ServedNode = {
    ...ending,
    applySettings(changed, from) {
      shown = shownSettings(changed, from);
      node.applySettings(changed);
    },
  };
  return withTraces(withHttp(running, http, log), traces);
}

interface TracesParts {
  readonly tracing: Pick<TracingSwitch, 'start' | 'stop'>;
  readonly clock: Clock;
  /** All of shutdown_grace. */
  readonly graceMs: number;
}

/** Puts the life of all that makes spans into that of the traces: the last requests over HTTP end with HTTP. */
function withTraces(node: ServedNode, { tracing, clock, graceMs }: TracesParts): ServedNode {
  let stopping = false;
  return {
    async start() {
      await tracing.start();
      if (!stopping) await node.start();
    },
    async stop() {
      stopping = true;
      const until = clock.now() + graceMs;
      try {
        return await node.stop();
      } finally {
        await tracing.stop(Math.min(longestFlushMs, Math.max(shortestFlushMs, until - clock.now())));
      }
    },
    applySettings: (changed, origins) => node.applySettings(changed, origins),
  };
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
