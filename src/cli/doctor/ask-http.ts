import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

const TIMEOUT_MS = 2_000;
/** Far more than a node says about itself. */
const LONGEST = 65_536;

/** What somebody answers over HTTP. */
export interface HttpAnswer {
  readonly status: number;
  /** Milliseconds since 1970 of its Date header; NaN without one. */
  readonly date: number;
  readonly text: string;
}

/** Asks with GET. Undefined when nobody answers in time. Nothing secret is sent, so it does not matter whose certificate is shown. */
export async function askHttp(url: string, signal: AbortSignal): Promise<HttpAnswer | undefined> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const response = await responseOf(url, limit);
    let text = '';
    for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
      text += chunk;
      if (text.length > LONGEST) break;
    }
    return { status: response.statusCode ?? 0, date: Date.parse(response.headers.date ?? ''), text };
  } catch {
    return undefined;
  }
}

function responseOf(url: string, signal: AbortSignal): Promise<IncomingMessage> {
  const send = url.startsWith('https:') ? requestHttps : requestHttp;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  send(url, { agent: false, rejectUnauthorized: false, signal }, resolve).on('error', reject).end();
  return promise;
}
