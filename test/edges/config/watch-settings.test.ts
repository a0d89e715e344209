import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConfigError } from '../../../src/edges/config/config-error.ts';
import { type LoadedSettings, loadSettings } from '../../../src/edges/config/load-settings.ts';
import type { SettingSources } from '../../../src/edges/config/setting-sources.ts';
import { type SettingsWatch, watchSettings } from '../../../src/edges/config/watch-settings.ts';
import { SystemClock } from '../../../src/edges/system/system-clock.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

let directory: string;
let watch: SettingsWatch | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kdmq-watch-'));
});
afterEach(() => {
  watch?.stop();
  rmSync(directory, { recursive: true });
});

const WAIT = { timeout: 30_000, interval: 20 };

async function watching(sources: Partial<SettingSources>, clock = new SystemClock() as SystemClock | FakeClock) {
  const namedBy = { file: undefined, directory: undefined };
  const all = {
    file: undefined,
    directory: undefined,
    namedBy,
    environment: { POD_IP: '10.0.0.1' },
    flags: [],
    ...sources,
  };
  const changes: LoadedSettings[] = [];
  const errors: ConfigError[] = [];
  const running = await loadSettings(all);
  watch = watchSettings(
    all,
    running,
    clock,
    (loaded) => changes.push(loaded),
    (error) => errors.push(error),
  );
  return { changes, errors };
}

/** Puts a new generation of files behind the links, in the steps that the kubelet takes. */
function mount(generation: string, contents: Readonly<Record<string, string>>): void {
  mkdirSync(join(directory, generation));
  for (const [name, text] of Object.entries(contents)) writeFileSync(join(directory, generation, name), text);
  symlinkSync(generation, join(directory, '..data_tmp'));
  renameSync(join(directory, '..data_tmp'), join(directory, '..data'));
}

describe('watching the settings', { timeout: 60_000 }, () => {
  it('sees a mounted ConfigMap swap its directory', async () => {
    mount('..1', { ping_interval: '5' });
    symlinkSync('..data/ping_interval', join(directory, 'ping_interval'));
    const { changes } = await watching({ directory });
    mount('..2', { ping_interval: '6' });
    await vi.waitFor(() => expect(changes.map(({ settings }) => settings.ping_interval)).toEqual([6]), WAIT);
  });

  it('sees a file behind such a link', async () => {
    mount('..1', { 'config.yaml': 'ping_interval: 5\n' });
    symlinkSync('..data/config.yaml', join(directory, 'config.yaml'));
    const { changes } = await watching({ file: join(directory, 'config.yaml') });
    mount('..2', { 'config.yaml': 'ping_interval: 6\n' });
    await vi.waitFor(() => expect(changes.map(({ settings }) => settings.ping_interval)).toEqual([6]), WAIT);
  });

  it('tells what is wrong once, and goes on', async () => {
    const file = join(directory, 'a.yaml');
    writeFileSync(file, 'ping_interval: 5\n');
    const { changes, errors } = await watching({ file });
    writeFileSync(file, 'ping_interval: 0\nlisten: x\n');
    await vi.waitFor(() => expect(errors.map(({ problems }) => problems.length)).toEqual([2]), WAIT);
    writeFileSync(file, 'ping_interval: 7\n');
    await vi.waitFor(() => expect(changes.map(({ settings }) => settings.ping_interval)).toEqual([7]), WAIT);
    expect(errors).toHaveLength(1);
  });

  it('takes a file that has gone for a mistake, not for a change', async () => {
    const file = join(directory, 'a.yaml');
    writeFileSync(file, 'ping_interval: 5\n');
    const { changes, errors } = await watching({ file });
    rmSync(file);
    await vi.waitFor(() => expect(errors.map(({ message }) => message)).toEqual([`${file}: does not exist`]), WAIT);
    expect(changes).toEqual([]);
  });

  it('looks again without any sign', async () => {
    const file = join(directory, 'sub', 'a.yaml');
    mkdirSync(join(directory, 'sub'));
    writeFileSync(file, 'ping_interval: 5\n');
    const clock = new FakeClock();
    const { changes } = await watching({ file }, clock);
    // The watched directory is replaced by another: its watch sees nothing of what follows.
    renameSync(join(directory, 'sub'), join(directory, 'old'));
    mkdirSync(join(directory, 'sub'));
    writeFileSync(file, 'ping_interval: 6\n');
    await vi.waitFor(async () => {
      await clock.advanceAsync(10_000);
      expect(changes).toHaveLength(1);
    }, WAIT);
  });

  it('says nothing when nothing has changed, and nothing after the stop', async () => {
    const file = join(directory, 'a.yaml');
    writeFileSync(file, 'ping_interval: 5\n');
    const clock = new FakeClock();
    const { changes, errors } = await watching({ file }, clock);
    await clock.advanceAsync(60_000);
    watch?.stop();
    writeFileSync(file, 'ping_interval: 6\n');
    await clock.advanceAsync(60_000);
    expect([changes, errors, clock.pending]).toEqual([[], [], 0]);
  });

  it('does nothing where there is nothing to watch', async () => {
    const clock = new FakeClock();
    await watching({}, clock);
    expect(clock.pending).toBe(0);
  });
});
