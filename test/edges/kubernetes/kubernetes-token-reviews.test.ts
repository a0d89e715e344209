import { afterAll, describe, expect, it } from 'vitest';
import { KubernetesTokenReviews } from '../../../src/edges/kubernetes/kubernetes-token-reviews.ts';
import { readServiceAccount, serviceAccountFolder } from '../../../src/edges/kubernetes/service-account.ts';
import { ApiServer } from './api-server.ts';
import { describeOwnTokenReviews } from './token-reviews-contract.ts';

const path = '/apis/authentication.k8s.io/v1/tokenreviews';
const api = await new ApiServer().start();
afterAll(() => api.stop());

const account = () => readServiceAccount(api.pathPrefix + serviceAccountFolder, api.environment);
const reviews = new KubernetesTokenReviews(account);
let isForbidden = false;
api.refuse = ({ path: asked }) => (isForbidden && asked === path ? { status: 403, reason: 'Forbidden' } : undefined);

describeOwnTokenReviews('at an API server', async () => ({
  reviews,
  account: { namespace: 'voice', name: 'operator' },
  giveToken: async (audience) => api.giveOut({ namespace: 'voice', name: 'operator', audience }),
  forbid: async () => {
    isForbidden = true;
  },
  leave: async () => {
    isForbidden = false;
    await api.unplug();
  },
}));

describe('a review', () => {
  it('is asked for with the token of this pod, as it stands in its file', async () => {
    await api.plug();
    api.giveToken('second');
    await reviews.review('x', 'kdmq');
    expect(api.requests.at(-1)).toMatchObject({
      method: 'POST',
      path,
      token: 'second',
      body: { kind: 'TokenReview', spec: { token: 'x', audiences: ['kdmq'] } },
    });
  });

  it('goes on when the cluster has another authority', async () => {
    const held = await account();
    api.changeAuthority();
    expect(await new KubernetesTokenReviews(async () => held).review('unknown', 'kdmq')).toBeUndefined();
  });

  it('that names no audience is of a server that knows none: nobody owns the token', async () => {
    const token = api.giveOut({ namespace: 'voice', name: 'operator', audience: undefined });
    expect(await reviews.review(token, 'kdmq')).toBeUndefined();
  });

  it('fails outside of a cluster, and says what is missing', async () => {
    const outside = new KubernetesTokenReviews(() => readServiceAccount('/nowhere', {}));
    await expect(outside.review('x', 'kdmq')).rejects.toThrow('KUBERNETES_SERVICE_HOST is not set');
  });

  it('never shows a token in an error', async () => {
    api.refuse = () => ({ status: 500, reason: 'InternalError' });
    const failure = await reviews.review('a-secret-token', 'kdmq').catch((error: unknown) => String(error));
    expect(failure).toContain('500');
    expect(failure).not.toMatch(/a-secret-token|second/);
  });
});
