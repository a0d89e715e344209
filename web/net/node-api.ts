import type { Problem } from '../state/api-answers.ts';

/** The node refuses or can not do what was asked: its problem detail. */
export class RefusedError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.title}: ${problem.detail}`);
    this.name = 'RefusedError';
    this.problem = problem;
  }
}

const tokenKey = 'kdmq-token';
const deadlineMs = 10_000;

/** The HTTP interface of the node that served the page. The token lives as long as this tab. */
export class NodeApi {
  get token(): string | undefined {
    return sessionStorage.getItem(tokenKey) ?? undefined;
  }

  set token(token: string | undefined) {
    if (token === undefined) sessionStorage.removeItem(tokenKey);
    else sessionStorage.setItem(tokenKey, token);
  }

  /** The answer of `path` behind /api/v1. Rejects with a RefusedError, or with what keeps the request from being answered. */
  async ask<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`api/v1/${path}`, {
      method,
      headers: { ...this.#authorization(), ...(body !== undefined && { 'content-type': 'application/json' }) },
      signal: AbortSignal.timeout(deadlineMs),
      ...plain,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new RefusedError(await problemOf(answer));
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }

  /** The stream of events after `lastId`. Rejects as `ask`. */
  async events(lastId: string | undefined, signal: AbortSignal): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const headers = { ...this.#authorization(), ...(lastId !== undefined && { 'last-event-id': lastId }) };
    const answer = await fetch('events', { headers, signal, ...plain });
    if (!answer.ok) throw new RefusedError(await problemOf(answer));
    if (answer.body === null) throw new TypeError('the stream of events has no body');
    return answer.body;
  }

  #authorization(): { readonly authorization?: string } {
    return this.token === undefined ? {} : { authorization: `Bearer ${this.token}` };
  }
}

/** Client certificates are the one thing that a browser shows by itself. */
const plain = {
  cache: 'no-store',
  credentials: 'same-origin',
  redirect: 'error',
  referrerPolicy: 'no-referrer',
} as const;

async function problemOf(answer: Response): Promise<Problem> {
  const { status } = answer;
  const told: unknown = await answer.json().catch(() => undefined);
  const { code, title, detail } = Object(told) as Partial<Record<keyof Problem, unknown>>;
  return {
    status,
    code: String(code ?? 'UNKNOWN'),
    title: String(title ?? `The node answered ${status}`),
    detail: String(detail ?? 'without saying why'),
  };
}
