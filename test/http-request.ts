import { request } from 'node:http';
import { type RequestOptions, request as secureRequest } from 'node:https';
import { text as readText } from 'node:stream/consumers';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  /** Throws when the body is no JSON. */
  json<T = unknown>(): T;
}

export interface HttpQuestion {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** With `https`: what is trusted, and the own certificate. */
  readonly tls?: Pick<RequestOptions, 'ca' | 'cert' | 'key'>;
}

const deadlineMs = 10_000;

/** One request on a connection of its own, over a real socket. `fetch` refuses ports of SIP and sets headers of its own. */
export function ask(
  url: string,
  { method = 'GET', headers = {}, body, tls = {} }: HttpQuestion = {},
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? secureRequest : request;
    const asking = send(url, { method, headers, agent: false, timeout: deadlineMs, ...tls }, (reply) => {
      readText(reply).then((text) => {
        const { statusCode: status = 0, headers: received } = reply;
        resolve({ status, headers: received, text, json: () => JSON.parse(text) });
      }, reject);
    });
    asking.on('timeout', () => asking.destroy(new Error(`${method} ${url}: no answer in ${deadlineMs} ms`)));
    asking.on('error', reject);
    asking.end(body);
  });
}
