import type { ClientHttp2Stream } from 'node:http2';
import type { Clock } from '../../ports/clock.ts';
import type { ResourceEvent, ResourceList, ResourceSource } from '../../ports/pod-source.ts';
import type { Random } from '../../ports/random.ts';
import { apiError } from './api-error.ts';
import { type ApiSession, unreachable } from './api-session.ts';
import { field, listField, textField } from './json-fields.ts';
import { JsonLines } from './json-lines.ts';

/** Which objects are meant. */
export interface ResourceAddress {
  /** `/api/v1/namespaces/default/pods` */
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** A page of this many pods is read in some 10 ms: the event loop is never held up for long. */
const pageSize = 100;
const listMs = 5_000;
const maxListBytes = 64 * 1_048_576;
/** The server is asked to end a watch after five to six minutes. */
const watchSeconds = 300;
const watchSpreadSeconds = 60;
/** It is ended here so long after that: a proxy may answer PINGs for a server that hangs and ends nothing. */
const overtimeMs = 10_000;
/** From asking for a watch to its first byte. */
const beginMs = 5_000;

/** Objects of one kind, read over HTTP/2. `read` makes of an object what counts of it; undefined is left out. */
export class ApiResource<T> implements ResourceSource<T> {
  readonly #session: ApiSession;
  readonly #address: ResourceAddress;
  readonly #read: (object: unknown) => T | undefined;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(
    session: ApiSession,
    address: ResourceAddress,
    read: (object: unknown) => T | undefined,
    clock: Clock,
    random: Random,
  ) {
    this.#session = session;
    this.#address = address;
    this.#read = read;
    this.#clock = clock;
    this.#random = random;
  }

  async list(signal: AbortSignal): Promise<ResourceList<T>> {
    const deadline = new AbortController();
    const timer = this.#clock.after(listMs, () => deadline.abort());
    try {
      return await this.#pages(AbortSignal.any([signal, deadline.signal]));
    } finally {
      timer.cancel();
    }
  }

  async watch(version: string, onEvent: (event: ResourceEvent<T>) => void, signal: AbortSignal): Promise<never> {
    const seconds = watchSeconds + Math.floor(watchSpreadSeconds * this.#random.fraction());
    const path = this.#path({ watch: '1', resourceVersion: version, timeoutSeconds: String(seconds) });
    const deadline = new AbortController();
    const end = (): void => deadline.abort();
    let timer = this.#clock.after(beginMs, end);
    try {
      const stream = await this.#session.get(path, AbortSignal.any([signal, deadline.signal]));
      timer.cancel();
      timer = this.#clock.after(seconds * 1_000 + overtimeMs, end);
      return await this.#events(stream, onEvent);
    } finally {
      timer.cancel();
    }
  }

  #events(stream: ClientHttp2Stream, onEvent: (event: ResourceEvent<T>) => void): Promise<never> {
    const lines = new JsonLines();
    return new Promise((_, reject) => {
      const end = (error: Error): void => {
        stream.close();
        reject(error);
      };
      stream.on('data', (piece: Buffer) => {
        try {
          for (const value of lines.push(piece)) this.#happened(value, onEvent);
        } catch (cause) {
          end(cause instanceof Error ? cause : new Error(String(cause)));
        }
      });
      stream.once('error', (error) => reject(unreachable(this.#address.path, error.message)));
      stream.once('close', () => reject(unreachable(this.#address.path, 'the watch ended')));
    });
  }

  #happened(value: unknown, onEvent: (event: ResourceEvent<T>) => void): void {
    const type = textField(value, 'type');
    const object = field(value, 'object');
    if (type === 'ERROR') throw apiError(this.#address.path, Number(field(object, 'code')), object);
    const item = type === 'BOOKMARK' ? undefined : this.#read(object);
    if (item !== undefined) onEvent({ kind: type === 'DELETED' ? 'removed' : 'changed', item });
  }

  async #pages(signal: AbortSignal): Promise<ResourceList<T>> {
    const items: T[] = [];
    let next: string | undefined;
    for (;;) {
      const page = await this.#page(next, signal);
      for (const object of listField(page, 'items')) {
        const item = this.#read(object);
        if (item !== undefined) items.push(item);
      }
      next = textField(field(page, 'metadata'), 'continue');
      if (!next) return { items, version: textField(field(page, 'metadata'), 'resourceVersion') ?? '0' };
    }
  }

  async #page(next: string | undefined, signal: AbortSignal): Promise<unknown> {
    const path = this.#path({ limit: String(pageSize), ...(next && { continue: next }) });
    const stream = await this.#session.get(path, signal);
    return JSON.parse(await bodyOf(stream, path));
  }

  #path(parameters: Readonly<Record<string, string>>): string {
    const { path, labelSelector, fieldSelector } = this.#address;
    const query = new URLSearchParams(parameters);
    if (labelSelector !== undefined) query.set('labelSelector', labelSelector);
    if (fieldSelector !== undefined) query.set('fieldSelector', fieldSelector);
    return `${path}?${query}`;
  }
}

function bodyOf(stream: ClientHttp2Stream, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    let isWhole = false;
    stream.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes > maxListBytes) stream.close();
      else parts.push(part);
    });
    stream.once('end', () => {
      isWhole = stream.rstCode === 0 && !stream.aborted;
    });
    stream.once('error', (error) => reject(unreachable(path, error.message)));
    stream.once('close', () => {
      if (isWhole && bytes <= maxListBytes) resolve(Buffer.concat(parts).toString('utf8'));
      else reject(unreachable(path, 'the answer broke off'));
    });
  });
}
