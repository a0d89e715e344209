import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { packageVersion } from '../../edges/system/package-version.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { apiFailure } from './api-failure.ts';
import type { ApiOptions } from './api-options.ts';
import type { ClusterOptions } from './cluster-options.ts';
import { connectionsBy } from './door-connections.ts';
import type { NodeDoor } from './node-door.ts';
import { shownNoUrl, shownUrl } from './shown-url.ts';
import { type TlsFileContents, tlsFilesOf } from './tls-files-of.ts';
import { tokenOf } from './token-of.ts';
import { unreachable } from './unreachable.ts';

/** A question to the API of a node. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`; parts are escaped already. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** How long the answer may take. Default 10,000. */
  readonly timeoutMs?: number;
}

/** How requests are sent: headers, and the files for TLS. */
interface Connection extends RequestOptions, TlsFileContents {
  readonly headers: Readonly<Record<string, string>>;
}

const LONGEST_ANSWER = 67_108_864;
const TIMEOUT_MS = 10_000;
/** A node sends a comment each 15 s. */
const SILENT_MS = 60_000;

/** The REST API of a running node, as commands use it: what goes wrong becomes a CommandFailure with the next step. */
export class NodeApi {
  /** What people call the node. */
  readonly name: string;
  readonly #door: NodeDoor;
  readonly #connection: Connection;
  readonly #signal: AbortSignal;

  private constructor(door: NodeDoor, connection: Connection, signal: AbortSignal) {
    this.name = door.name;
    this.#door = door;
    this.#connection = connection;
    this.#signal = signal;
  }

  /** Reads the files that the options name, and finds the pod that they mean. Nothing is sent to the node yet. */
  static async open(options: ApiOptions, signal: AbortSignal): Promise<NodeApi> {
    const token = await tokenOf(options, signal);
    const tls = await tlsFilesOf(options, signal);
    const door = options.cluster === undefined ? urlDoor(options.url) : await podDoor(options.cluster);
    const connection = {
      headers: {
        accept: 'application/json',
        'user-agent': `kdmq/${packageVersion}`,
        ...(token && { authorization: `Bearer ${token}` }),
      },
      // Without an agent each request asks for its connection.
      ...(door.connect === undefined && { agent: false as const }),
      ...tls,
    };
    return new NodeApi(door, connection, signal);
  }

  /** The answer's JSON; undefined where it has no body. */
  async ask({ method, path, query = {}, body, timeoutMs = TIMEOUT_MS }: ApiRequest): Promise<unknown> {
    const url = this.#urlOf(`/api/v1${path}`, query);
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([this.#signal, deadline]);
    try {
      const { status, type, text, retryAfter } = await this.#send(url, method, body, signal);
      if (status >= 200 && status < 300) return text === '' ? undefined : JSON.parse(text);
      const problem = type.includes('json') ? (JSON.parse(text) as unknown) : undefined;
      throw apiFailure(this.#door, status, problem, retryAfter);
    } catch (error) {
      if (error instanceof CommandFailure || this.#signal.aborted) throw error;
      throw await unreachable(this.#door, deadline.aborted ? `no answer within ${timeoutMs / 1_000} s` : error);
    }
  }

  /** The pieces of an answer without end, of a path beside the API. A connection that says nothing for a minute counts as lost. */
  async listen(
    path: string,
    query: NonNullable<ApiRequest['query']>,
    more: Readonly<Record<string, string>>,
  ): Promise<AsyncIterable<Uint8Array>> {
    const url = this.#urlOf(path, query);
    try {
      const response = await this.#begin(url, 'GET', undefined, this.#signal, more);
      const status = response.statusCode ?? 0;
      if (status === 200) return this.#piecesOf(response);
      const text = await textOf(response);
      throw apiFailure(this.#door, status, text.startsWith('{') ? (JSON.parse(text) as unknown) : undefined);
    } catch (error) {
      if (error instanceof CommandFailure || this.#signal.aborted) throw error;
      throw await unreachable(this.#door, error);
    }
  }

  async *#piecesOf(response: IncomingMessage): AsyncGenerator<Uint8Array> {
    const begin = () => setTimeout(() => response.destroy(new Error('it says nothing any more')), SILENT_MS);
    let silence = begin();
    try {
      for await (const piece of response as AsyncIterable<Uint8Array>) {
        clearTimeout(silence);
        yield piece;
        silence = begin();
      }
    } catch (error) {
      if (this.#signal.aborted) throw error;
      throw await unreachable(this.#door, error);
    } finally {
      clearTimeout(silence);
    }
  }

  #urlOf(path: string, query: NonNullable<ApiRequest['query']>): URL {
    const url = new URL(`${this.#door.base.pathname.replace(/\/$/, '')}${path}`, this.#door.base);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  async #send(url: URL, method: string, body: unknown, signal: AbortSignal) {
    const response = await this.#begin(url, method, body, signal, {});
    const text = await textOf(response);
    const { 'content-type': type = '', 'retry-after': retryAfter } = response.headers;
    return { status: response.statusCode ?? 0, type, text, retryAfter };
  }

  #begin(
    url: URL,
    method: string,
    body: unknown,
    signal: AbortSignal,
    more: Readonly<Record<string, string>>,
  ): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      ...this.#connection.headers,
      ...more,
      ...(content && { 'content-type': 'application/json', 'content-length': content.length }),
    };
    const way = this.#door.connect && { createConnection: connectionsBy(this.#door.connect, url, this.#connection) };
    const request = send(url, { ...this.#connection, ...way, method, headers, signal }, resolve);
    request.on('error', reject);
    request.end(content);
    return promise;
  }
}

/** Loaded only when it is asked for: the client library of Kubernetes takes a second. */
async function podDoor(cluster: ClusterOptions): Promise<NodeDoor> {
  const { openPodDoor } = await import('./pod-door.ts');
  return openPodDoor(cluster);
}

function urlDoor(text: string): NodeDoor {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') {
    return {
      base: url,
      name: shownUrl(url),
      whenSilent: 'Does it run, with http_listen at that address? Another one is named by --url or KDMQ_URL',
      tokenHint: '',
    };
  }
  throw new CommandFailure(
    EXIT_CODES.usage,
    `"${shownNoUrl(text)}" is not the URL of a node: write it as http://127.0.0.1:8080 (--url or KDMQ_URL)`,
  );
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_ANSWER) throw new Error(`the answer is longer than ${LONGEST_ANSWER} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
