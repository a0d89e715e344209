import { readFile } from 'node:fs/promises';
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { packageVersion } from '../../edges/system/package-version.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { apiFailure } from './api-failure.ts';
import type { ApiOptions } from './api-options.ts';

/** A question to the API of a node. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`; parts are escaped already. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** How long the answer may take. Default 10,000. */
  readonly timeoutMs?: number;
}

/** How requests are sent: headers, and the files for TLS. */
interface Connection extends RequestOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

const LONGEST_ANSWER = 67_108_864;
const TIMEOUT_MS = 10_000;

/** The REST API of a running node, as commands use it: what goes wrong becomes a CommandFailure with the next step. */
export class NodeApi {
  readonly url: string;
  readonly #base: URL;
  readonly #connection: Connection;
  readonly #signal: AbortSignal;

  private constructor(base: URL, connection: Connection, signal: AbortSignal) {
    this.url = base.href.replace(/\/$/, '');
    this.#base = base;
    this.#connection = connection;
    this.#signal = signal;
  }

  /** Reads the files that the options name. Nothing is sent yet. */
  static async open(options: ApiOptions, signal: AbortSignal): Promise<NodeApi> {
    const base = readUrl(options.url);
    const token = options.token ?? (options.tokenFile && firstLine(await fileOf(options.tokenFile, '--token-file')));
    const { caList, certificate, privateKey } = options;
    const connection = {
      headers: {
        accept: 'application/json',
        'user-agent': `kdmq/${packageVersion}`,
        ...(token && { authorization: `Bearer ${token}` }),
      },
      agent: false as const,
      ...(caList && { ca: await fileOf(caList, '--ca-list') }),
      ...(certificate && { cert: await fileOf(certificate, '--certificate') }),
      ...(privateKey && { key: await fileOf(privateKey, '--private-key') }),
    };
    return new NodeApi(base, connection, signal);
  }

  /** The answer's JSON; undefined where it has no body. */
  async ask({ method, path, query = {}, body, timeoutMs = TIMEOUT_MS }: ApiRequest): Promise<unknown> {
    const url = new URL(`${this.#base.pathname.replace(/\/$/, '')}/api/v1${path}`, this.#base);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([this.#signal, deadline]);
    try {
      const { status, type, text } = await this.#send(url, method, body, signal);
      if (status >= 200 && status < 300) return text === '' ? undefined : JSON.parse(text);
      throw apiFailure(this.url, status, type.includes('json') ? (JSON.parse(text) as unknown) : undefined);
    } catch (error) {
      if (error instanceof CommandFailure || this.#signal.aborted) throw error;
      throw unreachable(this.url, deadline.aborted ? `no answer within ${timeoutMs / 1_000} s` : reasonOf(error));
    }
  }

  #send(url: URL, method: string, body: unknown, signal: AbortSignal) {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; type: string; text: string }>();
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      ...this.#connection.headers,
      ...(content && { 'content-type': 'application/json', 'content-length': content.length }),
    };
    const request = send(url, { ...this.#connection, method, headers, signal }, (response) => {
      textOf(response).then(
        (text) => resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text }),
        reject,
      );
    });
    request.once('error', reject);
    request.end(content);
    return promise;
  }
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new CommandFailure(
    EXIT_CODES.usage,
    `"${text}" is not the URL of a node: write it as http://127.0.0.1:8080 (--url or KDMQ_URL)`,
  );
}

async function fileOf(path: string, flag: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw new CommandFailure(EXIT_CODES.missing, `${path} of ${flag} can't be read: ${reasonOf(error)}`);
  });
}

function firstLine(bytes: Buffer): string {
  return bytes.toString().split(/\r?\n/, 1)[0]!.trim();
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

function unreachable(url: string, why: string): CommandFailure {
  return new CommandFailure(
    EXIT_CODES.unavailable,
    `no node answers at ${url}: ${why}. Does it run, with http_listen at that address? Another one is named by --url or KDMQ_URL`,
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  return code !== '' && !error.message.includes(code) ? `${error.message} (${code})` : error.message || code;
}
