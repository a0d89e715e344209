import { readFile } from 'node:fs/promises';
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { TracingPlan } from '../../core/tracing/otel-environment.ts';

type ClientPlan = Pick<
  TracingPlan,
  'url' | 'protocol' | 'headers' | 'authorityFile' | 'certificateFile' | 'keyFile' | 'compressed' | 'timeoutMs'
>;

/** What came of a batch. `again`: another try may help. */
export type Export =
  | { readonly kind: 'taken'; readonly rejected: number }
  | { readonly kind: 'refused' | 'again'; readonly why: string; readonly afterMs?: number | undefined };

/** The statuses after which a client shall try again (OTLP/HTTP). */
const PASSING = [429, 502, 503, 504];
const maxAnswerBytes = 1_048_576;

/** Sends spans to a collector: OTLP over HTTP, a connection for each batch. */
export class OtlpClient {
  readonly #plan: ClientPlan;

  constructor(plan: ClientPlan) {
    this.#plan = plan;
  }

  /** Never rejects. Ends at once when `signal` is aborted. */
  async send(spans: readonly ReadableSpan[], signal: AbortSignal): Promise<Export> {
    const { protocol, timeoutMs } = this.#plan;
    const serializer = protocol === 'http/json' ? JsonTraceSerializer : ProtobufTraceSerializer;
    try {
      const content = serializer.serializeRequest([...spans]) ?? new Uint8Array();
      const answer = await this.#post(content, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
      if (answer.status >= 200 && answer.status < 300) {
        return { kind: 'taken', rejected: rejectedIn(serializer, answer.body) };
      }
      const why = `status ${answer.status}`;
      return PASSING.includes(answer.status)
        ? { kind: 'again', why, afterMs: answer.afterMs }
        : { kind: 'refused', why };
    } catch (error) {
      return { kind: 'again', why: error instanceof Error ? error.message : String(error) };
    }
  }

  async #post(content: Uint8Array, signal: AbortSignal): Promise<OtlpAnswer> {
    const { url, protocol, headers, compressed, ...files } = this.#plan;
    const body = compressed ? gzipSync(content) : content;
    const isSecure = url.toLowerCase().startsWith('https:');
    const tls = isSecure ? await tlsOf(files) : {};
    return new Promise((resolve, reject) => {
      const options = {
        method: 'POST',
        agent: false,
        signal,
        ...tls,
        headers: {
          ...headers,
          'content-type': protocol === 'http/json' ? 'application/json' : 'application/x-protobuf',
          'content-length': body.length,
          ...(compressed ? { 'content-encoding': 'gzip' } : {}),
        },
      };
      const asking = isSecure ? secureRequest(url, options) : plainRequest(url, options);
      asking.on('error', (error) => reject(signal.aborted ? new Error('no answer in time') : error));
      // Without a listener the connection would be closed, and nobody told.
      asking.on('upgrade', (reply, socket) => {
        socket.destroy();
        resolve({ status: reply.statusCode ?? 0, body: new Uint8Array(), afterMs: undefined });
      });
      asking.on('response', (reply) => {
        let bytes = 0;
        reply.on('data', (part: Buffer) => {
          bytes += part.length;
          if (bytes > maxAnswerBytes) reply.destroy(new Error('the answer is too long'));
        });
        const seconds = Number(reply.headers['retry-after']);
        const afterMs = seconds > 0 ? seconds * 1_000 : undefined;
        buffer(reply).then((answer) => resolve({ status: reply.statusCode ?? 0, body: answer, afterMs }), reject);
      });
      asking.end(body);
    });
  }
}

interface OtlpAnswer {
  readonly status: number;
  readonly body: Uint8Array;
  readonly afterMs: number | undefined;
}

/** Read for each connection: certificates are renewed. */
async function tlsOf(plan: Pick<TracingPlan, 'authorityFile' | 'certificateFile' | 'keyFile'>) {
  const read = async (name: 'ca' | 'cert' | 'key', path: string | undefined) =>
    path === undefined ? {} : { [name]: await readFile(path) };
  const parts = await Promise.all([
    read('ca', plan.authorityFile),
    read('cert', plan.certificateFile),
    read('key', plan.keyFile),
  ]);
  return Object.assign({}, ...parts) as { ca?: Buffer; cert?: Buffer; key?: Buffer };
}

/** A collector that takes spans may say that it did not want all of them. */
function rejectedIn(serializer: typeof ProtobufTraceSerializer, body: Uint8Array): number {
  if (body.length === 0) return 0;
  try {
    return Number(serializer.deserializeResponse(body).partialSuccess?.rejectedSpans ?? 0);
  } catch {
    return 0;
  }
}
