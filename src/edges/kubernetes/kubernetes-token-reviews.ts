import { request } from 'node:https';
import { text as readText } from 'node:stream/consumers';
import { ClusterError } from '../../core/kubernetes/cluster-error.ts';
import type { TokenOwner, TokenReviews } from '../../ports/token-reviews.ts';
import { apiError } from './api-error.ts';
import { field, listField, textField } from './json-fields.ts';
import type { ServiceAccount } from './service-account.ts';

const path = '/apis/authentication.k8s.io/v1/tokenreviews';
const deadlineMs = 5_000;
const maxAnswerBytes = 1_048_576;

/**
 * Reviews tokens at the Kubernetes API. Each review has a connection of its own: they are rare, because verdicts are kept, and a connection that is
 * held would have to be looked after.
 */
export class KubernetesTokenReviews implements TokenReviews {
  readonly #account: () => Promise<ServiceAccount | string>;

  /** @param account how the API is reached and as whom, or why it is not; asked at each review. */
  constructor(account: () => Promise<ServiceAccount | string>) {
    this.#account = account;
  }

  async review(token: string, audience: string): Promise<TokenOwner | undefined> {
    const account = await this.#account();
    if (typeof account === 'string') throw new ClusterError('UNREACHABLE', account);
    const own = await account.token().catch((cause: unknown) => {
      throw new ClusterError('UNAUTHORIZED', `the token of the service account can't be read: ${String(cause)}`);
    });
    const review = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, audiences: [audience] },
    };
    const authority = await account.authority().catch((cause: unknown) => {
      throw new ClusterError('UNREACHABLE', `the certificates of the API can't be read: ${String(cause)}`);
    });
    const { status, body } = await post({ server: account.server, authority }, own, JSON.stringify(review));
    if (status !== 201 && status !== 200) throw apiError('tokenreviews', status, body);
    return ownerIn(field(body, 'status'), audience);
  }
}

/** A status without our audience is that of a token for the API itself, at a server that knows no audiences. */
function ownerIn(status: unknown, audience: string): TokenOwner | undefined {
  if (field(status, 'authenticated') !== true || !listField(status, 'audiences').includes(audience)) return undefined;
  const owner = field(status, 'user');
  const user = textField(owner, 'username');
  if (user === undefined || user === '') return undefined;
  return { user, groups: listField(owner, 'groups').filter((group) => typeof group === 'string') };
}

interface Reached {
  readonly server: string;
  readonly authority: string;
}

interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

function post({ server, authority }: Reached, token: string, content: string): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const failed = (cause: unknown): void => {
      const detail = cause instanceof Error ? cause.message : String(cause);
      reject(new ClusterError('UNREACHABLE', `tokenreviews: ${detail}`));
    };
    const signal = AbortSignal.timeout(deadlineMs);
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(content),
    };
    const asking = request(`${server}${path}`, { method: 'POST', ca: authority, agent: false, headers, signal });
    asking.on('error', (cause) => failed(signal.aborted ? `no answer in ${deadlineMs} ms` : cause));
    asking.on('response', (reply) => {
      let bytes = 0;
      reply.on('data', (part: Buffer) => {
        bytes += part.length;
        if (bytes > maxAnswerBytes) reply.destroy(new Error('the answer is too long'));
      });
      readText(reply).then((text) => resolve({ status: reply.statusCode ?? 0, body: parsed(text) }), failed);
    });
    asking.end(content);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
