/**
 * `make check-api SCHEMATHESIS=<program>`: a node with queues of every kind, and schemathesis, which makes requests out of the OpenAPI document,
 * right ones and wrong ones, and looks whether the answers are as the document says. To be run in a network of its own: the requests
 * name addresses. CHECK_SECONDS bounds the time, SEED repeats a run.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as after } from 'node:timers/promises';
import { GuardedProcess } from '../guarded-process.ts';
import { ask } from '../http-request.ts';

const { SCHEMATHESIS: program = 'schemathesis', CHECK_SECONDS, SEED: seed } = process.env;
const host = '127.0.0.1';
const url = `http://${host}:8080`;
const startMs = 15_000;

const folder = mkdtempSync(join(tmpdir(), 'kdmq-check-api-'));
const flags = [
  `--server-address=sip:${host}:5060`,
  `--http-listen=${host}:8080`,
  `--data-dir=${folder}`,
  '--log-level=warn',
  ...['name=plain', 'name=durable;durability=always;lease_ms=1000', 'name=full;durability=always;size=1'].map(
    (queue) => `--mqueue=${queue}`,
  ),
];
const onLine = (line: string): void => console.log(`node: ${line}`);
const node = await GuardedProcess.start(process.execPath, ['src/cli/main.ts', 'start', ...flags], { folder, onLine });
try {
  await ready();
  const options = {
    // Not `positive_data_acceptance`: a schema can not say all that a SIP URI needs, so that some of what it allows is refused with 400.
    checks: 'all',
    'exclude-checks': 'positive_data_acceptance',
    // Their answers have no end.
    'exclude-operation-id': ['listenToEvents', 'traceMessages'],
    'max-time': CHECK_SECONDS || '120',
    // Longer than the longest wait of a request.
    'request-timeout': '70',
    ...(seed && { seed }),
  };
  const config = join(process.cwd(), 'test/check-api/schemathesis.toml');
  const words = Object.entries(options).flatMap(([name, value]) => [value].flat().flatMap((one) => [`--${name}`, one]));
  const check = await GuardedProcess.start(program, ['--config-file', config, 'run', ...words, `${url}/openapi.json`], {
    cwd: folder,
    onLine: console.log,
  });
  const { code } = await check.exited;
  await check.closed;
  if (!node.running) console.error('the node has ended');
  process.exitCode = code === 0 && node.running ? 0 : 1;
} finally {
  node.signal('SIGTERM');
  await node.exited;
}

async function ready(): Promise<void> {
  const deadline = performance.now() + startMs;
  for (;;) {
    const status = await ask(`${url}/readyz`).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    if (performance.now() > deadline || !node.running) throw new Error(`the node is not ready after ${startMs} ms`);
    await after(50);
  }
}
