import { parentPort, workerData } from 'node:worker_threads';
import { ClusterError } from '../../core/kubernetes/cluster-error.ts';
import type { ClusterWriter } from '../../ports/cluster-writer.ts';
import type { WriterAnswer, WriterCall, WriterThreadData } from './writer-messages.ts';

/** The thread of `WriterThread`: loads the client library with the first call, and answers each call with its outcome. */
let loading: Promise<ClusterWriter> | undefined;

async function answer({ id, method, arguments: args }: WriterCall): Promise<WriterAnswer> {
  try {
    loading ??= import('./client-writer.ts').then(
      ({ ClientWriter }) => new ClientWriter(workerData as WriterThreadData),
    );
    const writer = await loading;
    const call = writer[method] as (...args: unknown[]) => Promise<unknown>;
    return { id, value: await call.apply(writer, [...args]) };
  } catch (cause) {
    if (!(cause instanceof ClusterError)) return { id, code: 'REFUSED', message: `${method}: ${String(cause)}` };
    const { code, message, retryAfterMs } = cause;
    return { id, code, message, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }
}

parentPort?.on('message', (call: WriterCall) => {
  void answer(call).then((outcome) => parentPort?.postMessage(outcome));
});
