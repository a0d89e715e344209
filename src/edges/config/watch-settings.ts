import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock, Timer } from '../../ports/clock.ts';
import { ConfigError } from './config-error.ts';
import { type LoadedSettings, settle } from './load-settings.ts';
import { readSources, type SettingSources } from './setting-sources.ts';
import type { FileEntries } from './yaml-entries.ts';

/** Quiet time after the last sign of a change: a mounted ConfigMap and most editors make several steps. */
const SETTLE_MS = 250;
/** Reads without any sign: network file systems and some container hosts give none. */
const POLL_MS = 10_000;

export interface SettingsWatch {
  stop(): void;
}

/**
 * Watches the file and the directory of the settings and reads them again when they change. A mounted ConfigMap swaps
 * a symbolic link beside the files, so the directories are watched, not the files. `running` is what was loaded at start. `onChange` gets settings that are
 * all right, `onError` the reasons why a change was not taken; both are called once for each change of the contents.
 */
export function watchSettings(
  sources: SettingSources,
  running: LoadedSettings,
  clock: Clock,
  onChange: (loaded: LoadedSettings) => void,
  onError: (error: ConfigError) => void,
): SettingsWatch {
  const directories = new Set<string>();
  if (sources.file !== undefined) directories.add(dirname(sources.file));
  if (sources.directory !== undefined) directories.add(sources.directory);
  if (directories.size === 0) return { stop() {} };

  let last = JSON.stringify(running.found);
  let stopped = false;
  let timer: Timer | undefined;
  let reading = false;
  let changedMeanwhile = false;

  const readAgain = async (): Promise<void> => {
    reading = true;
    changedMeanwhile = false;
    const found = await readSources(sources);
    reading = false;
    if (stopped) return;
    const contents = JSON.stringify(found);
    if (contents !== last) {
      last = contents;
      tell(found, sources, onChange, onError);
    }
    schedule(changedMeanwhile ? SETTLE_MS : POLL_MS);
  };
  const schedule = (delayMs: number): void => {
    timer?.cancel();
    if (!stopped) timer = clock.after(delayMs, () => void readAgain());
  };
  const changed = (): void => {
    if (reading) changedMeanwhile = true;
    else schedule(SETTLE_MS);
  };

  const watchers = [...directories].flatMap((directory) => watchDirectory(directory, changed));
  schedule(SETTLE_MS);
  return {
    stop() {
      stopped = true;
      timer?.cancel();
      for (const watcher of watchers) watcher.close();
    },
  };
}

function tell(
  found: FileEntries,
  sources: SettingSources,
  onChange: (loaded: LoadedSettings) => void,
  onError: (error: ConfigError) => void,
): void {
  let loaded: LoadedSettings;
  try {
    loaded = settle(found, sources);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    onError(error);
    return;
  }
  onChange(loaded);
}

/** Where the kernel can't watch (no inotify left, a file system without it) the poll alone has to do. */
function watchDirectory(directory: string, changed: () => void): FSWatcher[] {
  try {
    const watcher = watch(directory, { persistent: false }, changed);
    watcher.on('error', () => watcher.close());
    return [watcher];
  } catch {
    return [];
  }
}
