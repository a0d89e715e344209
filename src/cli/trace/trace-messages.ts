import { EXIT_CODES } from '../exit-codes.ts';
import type { NodeApi } from '../node-api/node-api.ts';
import { note } from '../print.ts';
import { printTrace } from './print-trace.ts';
import type { TraceCommand } from './trace-command.ts';
import { writeCapture } from './write-capture.ts';

/** `kdmq trace`. Ends in peace when all that was asked for is there, and at a signal. */
export async function traceMessages(api: NodeApi, wish: TraceCommand, signal: AbortSignal): Promise<number> {
  const { write, node, count, forS } = wish;
  const format = write === undefined ? 'json' : 'pcapng';
  const begun = performance.now();
  const pieces = await api.listen('/api/v1/trace', { format, node, count, for_s: forS }, {});
  note(`tracing ${api.name}`);
  const { words, messages, dropped } =
    write === undefined ? await printTrace(pieces, wish, signal) : await writeCapture(pieces, write, signal);
  note(`${words}${dropped === 0 ? '' : `; ${dropped.toLocaleString('en')} messages are missing, they came too fast`}`);
  const isOver = forS !== undefined && performance.now() - begun >= forS * 1_000;
  if (signal.aborted || isOver || messages === count) return EXIT_CODES.ok;
  note('the node has ended the trace');
  return EXIT_CODES.unavailable;
}
