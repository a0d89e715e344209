import { request } from 'node:http';

/** One HTTP request. */
export interface Exchange {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** 5 s when left out. */
  readonly deadlineMs?: number;
}

/** What came of it. */
export interface Exchanged {
  readonly url: string;
  /** When it was sent, in milliseconds since the epoch. */
  readonly at: number;
  readonly tookMs: number;
  /** The status of the answer; 0 when there was none. */
  readonly status: number;
  readonly retryAfter?: string;
  /** The body of the answer, or why there was none. */
  readonly body: string;
}

/** Sends it over a connection of its own, as somebody who comes for the first time. Never rejects. */
export function exchange({
  url,
  method = 'GET',
  headers = {},
  body,
  deadlineMs = 5_000,
}: Exchange): Promise<Exchanged> {
  const at = Date.now();
  const start = performance.now();
  return new Promise((resolve) => {
    const end = (status: number, text: string, retryAfter?: string): void => {
      const tookMs = performance.now() - start;
      resolve({ url, at, tookMs, status, body: text, ...(retryAfter !== undefined && { retryAfter }) });
    };
    const signal = AbortSignal.timeout(deadlineMs);
    const sent = request(url, { method, headers, agent: false, signal }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text += part;
      });
      answer.on('error', (error) => end(0, error.message));
      answer.on('end', () => end(answer.statusCode ?? 0, text, answer.headers['retry-after']));
    });
    sent.on('error', (error) => end(0, error.message));
    sent.end(body);
  });
}
