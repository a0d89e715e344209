import { Worker } from 'node:worker_threads';
import { ClusterError } from '../../core/kubernetes/cluster-error.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { ClusterWriter } from '../../ports/cluster-writer.ts';
import type { WriterAnswer, WriterCall, WriterMethod, WriterThreadData } from './writer-messages.ts';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: ClusterError) => void;
  readonly timer: Timer;
}

/** The first call of a thread has the client library loaded, on a busy machine for seconds. */
const firstCallMs = 15_000;
const callMs = 2_000;
const maxWaiting = 200;
/** A thread that broke is not made anew more often. */
const restartMs = 5_000;

/**
 * Writes to the Kubernetes API in a thread of its own, by the client library. Loading that takes 0.3 to 1 s, in which the node could answer
 * nobody; and what breaks in there takes no node along. The thread begins with the first call.
 */
export class WriterThread implements ClusterWriter {
  readonly #data: WriterThreadData;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #startedAt = Number.NEGATIVE_INFINITY;
  #isWarm = false;
  #calls = 0;
  #closed = false;

  constructor(data: WriterThreadData, clock: Clock) {
    this.#data = data;
    this.#clock = clock;
  }

  createLease(...args: Parameters<ClusterWriter['createLease']>): Promise<string> {
    return this.#call('createLease', args) as Promise<string>;
  }

  replaceLease(...args: Parameters<ClusterWriter['replaceLease']>): Promise<string> {
    return this.#call('replaceLease', args) as Promise<string>;
  }

  applyNode(...args: Parameters<ClusterWriter['applyNode']>): Promise<void> {
    return this.#call('applyNode', args) as Promise<void>;
  }

  applyStatus(...args: Parameters<ClusterWriter['applyStatus']>): Promise<void> {
    return this.#call('applyStatus', args) as Promise<void>;
  }

  applyView(...args: Parameters<ClusterWriter['applyView']>): Promise<void> {
    return this.#call('applyView', args) as Promise<void>;
  }

  deleteNode(...args: Parameters<ClusterWriter['deleteNode']>): Promise<void> {
    return this.#call('deleteNode', args) as Promise<void>;
  }

  createEvent(...args: Parameters<ClusterWriter['createEvent']>): Promise<string> {
    return this.#call('createEvent', args) as Promise<string>;
  }

  repeatEvent(...args: Parameters<ClusterWriter['repeatEvent']>): Promise<void> {
    return this.#call('repeatEvent', args) as Promise<void>;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#failAll('the node stops');
    await this.#worker?.terminate();
  }

  #call(method: WriterMethod, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const worker = this.#thread();
      if (worker === undefined || this.#waiting.size >= maxWaiting) {
        reject(new ClusterError('UNREACHABLE', `${method}: ${this.#closed ? 'the node stops' : 'too much waits'}`));
        return;
      }
      this.#calls += 1;
      const call: WriterCall = { id: this.#calls, method, arguments: args };
      const timer = this.#clock.after(this.#isWarm ? callMs : firstCallMs, () => {
        this.#waiting.delete(call.id);
        reject(new ClusterError('UNREACHABLE', `${method}: no answer in time`));
      });
      this.#waiting.set(call.id, { resolve, reject, timer });
      worker.postMessage(call);
    });
  }

  #thread(): Worker | undefined {
    const now = this.#clock.now();
    if (this.#worker !== undefined || this.#closed || now - this.#startedAt < restartMs) return this.#worker;
    this.#startedAt = now;
    this.#isWarm = false;
    // In a bundle and after the build it is a .js file beside this one.
    const file = import.meta.url.endsWith('.ts') ? './writer-worker.ts' : './writer-worker.js';
    const worker = new Worker(new URL(file, import.meta.url), {
      workerData: this.#data,
      resourceLimits: { maxOldGenerationSizeMb: 128 },
    });
    worker.unref();
    const ended = (why: string): void => {
      if (this.#worker === worker) this.#worker = undefined;
      this.#failAll(why);
    };
    worker.on('message', (answer: WriterAnswer) => this.#answered(answer));
    worker.on('error', (error) => ended(`the thread broke: ${error instanceof Error ? error.message : String(error)}`));
    worker.on('exit', () => ended('the thread ended'));
    this.#worker = worker;
    return worker;
  }

  #answered(answer: WriterAnswer): void {
    this.#isWarm = true;
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.id);
    waiting.timer.cancel();
    if ('value' in answer) waiting.resolve(answer.value);
    else waiting.reject(new ClusterError(answer.code, answer.message, answer.retryAfterMs));
  }

  #failAll(why: string): void {
    for (const { reject, timer } of this.#waiting.values()) {
      timer.cancel();
      reject(new ClusterError('UNREACHABLE', why));
    }
    this.#waiting.clear();
  }
}
