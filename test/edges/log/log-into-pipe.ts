import process from 'node:process';
import { type LogFormat, openLog } from '../../../src/edges/log/pino-log.ts';

/**
 * Logs many lines into standard output and one more for each input; then closes the log
 * and ends at once: run as a process by the test of the log. "done" on standard error: the many lines are logged.
 */
const [format, lines, then] = process.argv.slice(2);
const log = await openLog({ level: 'info', format: format as LogFormat });
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
for (let number = 0; number < Number(lines); number++) {
  log.info(`line ${number}`, { padding: 'x'.repeat(100) });
  if (number % 1000 === 0) await pause();
}
process.stderr.write('done');
if (then === 'wait') for await (const _ of process.stdin) log.info('asked for');
await log.close();
log.info('after the close');
process.exit(0);
