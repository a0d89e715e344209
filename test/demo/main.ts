/** `make demo`. KEEP=1 leaves the bus running at the end until Ctrl-C. Exit code 0 only when every step held. */
import { constants } from 'node:os';
import process from 'node:process';
import { runDemo } from './demo.ts';
import { howToLook } from './how-to-look.ts';
import { painter } from './table.ts';

const keep = !['', '0', undefined].includes(process.env.KEEP);
const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
const stop = new AbortController();
let kept = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // A second one does not wait: each process ends with this one anyhow.
    if (stop.signal.aborted) process.exit(128 + constants.signals[signal]);
    process.exitCode = kept ? 0 : 128 + constants.signals[signal];
    stop.abort();
  });
}

const print = (line: string) => process.stdout.write(`${line}\n`);
process.stdout.on('error', () => {}); // a reader that has gone away, as `make demo | head`
try {
  const held = await runDemo({
    print,
    paint: painter(colour),
    signal: stop.signal,
    ...(keep && {
      beforeEnd: async (stage) => {
        kept = true;
        for (const line of howToLook(stage)) print(line);
        await new Promise((resolve) => {
          // An abort alone keeps no process alive.
          const alive = setInterval(() => {}, 2 ** 30);
          stop.signal.addEventListener('abort', () => resolve(clearInterval(alive)), { once: true });
        });
      },
    }),
  });
  if (!held) process.exitCode = 1;
} catch (error) {
  if (!stop.signal.aborted) throw error;
}
process.exit();
