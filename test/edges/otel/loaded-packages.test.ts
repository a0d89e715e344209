import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { afterAll, expect, it } from 'vitest';
import { GuardedProcess } from '../../guarded-process.ts';
import { loopbackAddresses } from '../../loopback.ts';
import { measured } from '../../waiting.ts';
import { Collector } from './collector.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const project = resolve(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'kdmq-loaded-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a line for each module of OpenTelemetry that is loaded. `api` alone is none of ours: prom-client loads it. */
const hook = `data:text/javascript,${encodeURIComponent(
  `import { registerHooks } from 'node:module';
   registerHooks({ load(url, context, next) {
     if (/[/]@opentelemetry[/](?!api[/])/.test(url)) process.stderr.write('loaded ' + url + '\\n');
     return next(url, context);
   } });`,
)}`;

/** `kdmq start` until it has started and is told to stop; the modules of OpenTelemetry that it loaded. */
async function loadedBy(environment: Record<string, string>): Promise<string[]> {
  const host = nextAddress();
  const lines: string[] = [];
  const args = ['--import', hook, 'src/cli/main.ts', 'start', '--server-address', `sip:${host}:5060`];
  const running = await GuardedProcess.start(
    process.execPath,
    [...args, '--http-listen', 'off', '--data-dir', join(folder, host), '--log-format', 'json'],
    { cwd: project, env: { PATH: process.env.PATH, ...environment }, onLine: (line) => lines.push(line) },
  );
  await measured(20_000, () => expect(lines).toContainEqual(expect.stringContaining('"msg":"started"')));
  running.signal('SIGTERM');
  expect(await running.exited).toEqual({ code: 0, signal: null });
  await running.closed;
  return lines.filter((line) => line.startsWith('loaded '));
}

it('nothing of OpenTelemetry is loaded without an endpoint', async () => {
  expect(await loadedBy({ OTEL_SERVICE_NAME: 'bus' })).toEqual([]);
});

it('with an endpoint it is', async () => {
  await using collector = await Collector.start(nextAddress());
  expect((await loadedBy({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })).length).toBeGreaterThan(10);
});
