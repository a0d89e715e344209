import process from 'node:process';
import { formatNodeUri } from '../core/node-uri.ts';
import { formatListenAddress } from '../core/settings/address-formats.ts';
import { changeSettings } from '../core/settings/change-settings.ts';
import type { Origin } from '../core/settings/read-settings.ts';
import type { Settings } from '../core/settings.ts';
import { ConfigError } from '../edges/config/config-error.ts';
import { type LoadedSettings, loadSettings } from '../edges/config/load-settings.ts';
import { findSources, type SettingSources, type StartInput } from '../edges/config/setting-sources.ts';
import { watchSettings } from '../edges/config/watch-settings.ts';
import { LevelSwitch } from '../edges/log/level-switch.ts';
import { openLog, type ProcessLog } from '../edges/log/pino-log.ts';
import { packageVersion } from '../edges/system/package-version.ts';
import { SystemClock } from '../edges/system/system-clock.ts';
import type { LogLevels } from '../ports/log-levels.ts';
import type { Log, LogFields } from '../ports/telemetry.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { logConfigError } from './log-config-error.ts';
import type { StopSignals } from './stop-signals.ts';

/** The node drains within shutdown_grace; closing what is left takes moments more. */
const CLOSING_MS = 1000;

/** Queues that a stop could not bring into their store. */
interface Unsaved {
  readonly spilled: readonly string[];
  readonly lost: readonly string[];
}

/** A node as the command runs it. `stop` may be called while `start` is still under way. */
export interface RunnableNode {
  start(): Promise<void>;
  stop(): Promise<Unsaved>;
  applySettings(settings: Settings, origins: ReadonlyMap<string, Origin>): void;
}

export type CreateNode = (options: {
  readonly settings: Settings;
  readonly origins: ReadonlyMap<string, Origin>;
  readonly log: Log;
  readonly levels: LogLevels;
}) => RunnableNode;

/** Runs a node from its configuration to a signal. Gives the exit code; all lines of the log are written by then. */
export async function runNode(input: StartInput, createNode: CreateNode, signals: StopSignals): Promise<number> {
  const sources = await findSources(input);
  let loaded: LoadedSettings;
  try {
    loaded = await loadSettings(sources);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    await logConfigError(error, sources);
    return EXIT_CODES.config;
  }
  const { log_level: level, log_format: format } = loaded.settings;
  const log = await openLog({ level, format });
  endOnUncaught(log);
  signals.beforeEnd(() => {
    log.warn('second signal: ending at once');
    return log.close();
  });
  try {
    return await runToSignal(createNode, loaded, sources, log, signals);
  } finally {
    await log.close();
  }
}

async function runToSignal(
  createNode: CreateNode,
  loaded: LoadedSettings,
  sources: SettingSources,
  log: ProcessLog,
  signals: StopSignals,
): Promise<number> {
  if (signals.received !== undefined) {
    log.info('not started', { signal: signals.received });
    return EXIT_CODES.ok;
  }
  for (const note of loaded.notes) log.info(note);
  // Neither a signal handler nor a timer of the clock keeps a process alive.
  const alive = setInterval(() => {}, 2 ** 30);
  let running = loaded.settings;
  const clock = new SystemClock();
  const levels = new LevelSwitch({ log, setting: running.log_level, clock });
  const node = createNode({ settings: running, origins: loaded.origins, log, levels });
  const starting = node.start();
  try {
    await Promise.race([starting, signals.first]);
  } catch (error) {
    clearInterval(alive);
    return await failedStart(node, running, log, error);
  }

  if (signals.received === undefined) log.info('started', startFields(running));
  const watch = watchSettings(
    sources,
    loaded,
    clock,
    (next) => {
      running = takeOver(running, next, { node, log, levels });
    },
    (error) => log.error('the changed configuration is wrong, the running one stays', { problems: error.lines }),
  );
  log.info('stopping', { signal: await signals.first, shutdown_grace: running.shutdown_grace });
  watch.stop();
  levels.stop();
  const stopped = await stopWithin(node, running.shutdown_grace, starting);
  clearInterval(alive);
  if (stopped === undefined) {
    log.error('the stop took longer than shutdown_grace', { shutdown_grace: running.shutdown_grace });
    return EXIT_CODES.grace;
  }
  const { spilled, lost } = stopped;
  if (spilled.length + lost.length > 0) {
    log.error('stopped, and queues could not be brought into their store', { spilled, lost });
    return EXIT_CODES.unsaved;
  }
  log.info('stopped');
  return EXIT_CODES.ok;
}

function startFields({ server_address, listen }: Settings): LogFields {
  const sockets = listen.map(formatListenAddress).join(' ');
  return { server_address: formatNodeUri(server_address), listen: sockets, version: packageVersion, pid: process.pid };
}

interface Affected {
  readonly node: RunnableNode;
  readonly log: Log;
  readonly levels: LevelSwitch;
}

function takeOver(running: Settings, next: LoadedSettings, { node, log, levels }: Affected): Settings {
  const { settings, applied, needRestart } = changeSettings(running, next.settings);
  if (needRestart.length > 0) log.warn('changed settings that need a restart', { settings: needRestart });
  if (applied.length === 0) return running;
  node.applySettings(settings, next.origins);
  log.info('changed settings taken over', { settings: applied });
  if (applied.includes('log_level')) levels.configure(settings.log_level);
  return settings;
}

/** What the stop says when it ends in time. A start that is still under way may fail by it: it was called off. */
async function stopWithin(node: RunnableNode, seconds: number, starting: Promise<void>): Promise<Unsaved | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000 + CLOSING_MS, undefined);
  });
  const calledOff = starting.catch(() => {});
  const stopped = Promise.all([node.stop(), calledOff]).then(([unsaved]) => unsaved);
  const inTime = await Promise.race([stopped, late]);
  clearTimeout(timer);
  return inTime;
}

async function failedStart(node: RunnableNode, settings: Settings, log: ProcessLog, error: unknown): Promise<number> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const message = error instanceof Error ? error.message : String(error);
  await stopWithin(node, settings.shutdown_grace, Promise.resolve()).catch(() => undefined);
  if (code === 'LISTEN_FAILED') {
    log.error(message);
    return EXIT_CODES.listen;
  }
  if (code === 'TLS_FILES_UNUSABLE' || code === 'TOKEN_FILE_UNUSABLE') {
    log.error(message);
    return EXIT_CODES.config;
  }
  log.error('the node could not be started', { error });
  return EXIT_CODES.software;
}

function endOnUncaught(log: ProcessLog): void {
  process.on('uncaughtException', (error, origin) => {
    log.error('error in the program, ending', { error, origin });
    void log.close().then(() => process.exit(EXIT_CODES.software));
  });
}
