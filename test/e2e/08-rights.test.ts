import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KubernetesTokenReviews } from '../../src/edges/kubernetes/kubernetes-token-reviews.ts';
import { apply, kubectl } from '../cluster/kubectl.ts';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { describeTokenReviews } from '../edges/kubernetes/token-reviews-contract.ts';
import { ask } from '../http-request.ts';
import { measured } from '../waiting.ts';
import { image } from './image.ts';
import { Release } from './release.ts';

const project = resolve(import.meta.dirname, '../..');

/** `pods [] list watch`: a resource, the names that it is restricted to, the verbs in order. */
const right = (resource: string, names: readonly string[], verbs: readonly string[]): string =>
  `${resource} [${names.join(' ')}] ${[...verbs].sort().join(' ')}`;

/** The table below "Rights" in docs/controller.md, with the name of the Lease filled in. */
function documentedRights(lease: string): string[] {
  const [, section = ''] = readFileSync(`${project}/docs/controller.md`, 'utf8').split('\n## Rights\n');
  const [table = ''] = section.split('\n## ');
  const rows = table.split('\n').filter((line) => /^\| [a-z]/.test(line) && !line.startsWith('| resources'));
  return rows.map((row) => {
    const [, what = '', verbs = ''] = row.split('|').map((cell) => cell.trim());
    const [, resource = '', subresource = '', group = ''] = /^([a-z]+)(\/[a-z]+)?(?: \((\S+)\))?/.exec(what) ?? [];
    const groups: Readonly<Record<string, string>> = { leases: 'coordination.k8s.io', dmqnodes: 'kdmq.dev' };
    const suffix = group || groups[resource];
    const names = what.includes('named `lease_name`') ? [lease] : [];
    return right(`${resource}${suffix === undefined ? '' : `.${suffix}`}${subresource}`, names, verbs.split(', '));
  });
}

describe('the pods of a release', () => {
  let namespace: TestNamespace;

  beforeAll(async () => {
    namespace = await TestNamespace.create('rights');
    const release = await Release.install({ namespace });
    await release.rolledOut();
    await namespace.kubectl('rollout', 'status', 'statefulset/kdmq-redis', '--timeout=55s');
  });
  afterAll(() => namespace[Symbol.asyncDispose]());

  it('may do at the Kubernetes API what docs/controller.md says, and no more', async () => {
    const as = `system:serviceaccount:${namespace.name}:kdmq`;
    const may = await kubectl(['auth', 'can-i', '--list', '--no-headers', '-n', namespace.name, '--as', as]);
    // What everybody may, of the API itself and about oneself, has addresses and no resources, or reviews oneself.
    const lines = may.split('\n').filter((line) => /^[a-z0-9./]+ +\[\] /.test(line) && !line.includes('selfsubject'));
    const listed = lines.map((line) => {
      const [, resource = '', names = '', verbs = ''] = /^(\S+) +\[\] +\[(.*?)\] +\[(.*)\]/.exec(line) ?? [];
      return right(resource, names === '' ? [] : names.split(' '), verbs.split(' '));
    });
    expect(listed.sort()).toEqual(documentedRights('kdmq').sort());
  });

  it('may do nothing in another namespace', async () => {
    const as = `system:serviceaccount:${namespace.name}:kdmq`;
    const may = await kubectl(['auth', 'can-i', '--list', '--no-headers', '-n', 'default', '--as', as]);
    expect(may).not.toMatch(/^(pods|leases|dmqnodes|endpointslices|events)/m);
  });

  it('run, all of them, in a namespace that enforces the profile restricted', async () => {
    const labels = JSON.parse(await kubectl(['get', 'namespace', namespace.name, '-o', 'jsonpath={.metadata.labels}']));
    expect(labels['pod-security.kubernetes.io/enforce']).toBe('restricted');
    const spec = { containers: [{ name: 'root', image }] };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'root' }, spec };
    await expect(apply(namespace.name, [pod])).rejects.toThrow('violates PodSecurity "restricted');
    const ready = await namespace.kubectl(
      'get',
      'pods',
      '-o',
      'jsonpath={.items[*].status.containerStatuses[*].ready}',
    );
    expect(ready).toBe('true true true true');
  });

  it('but Redis and whatever else is no node have no token of a service account', async () => {
    const list = JSON.parse(await namespace.kubectl('get', 'pods', '-o', 'json')) as {
      items: { metadata: { name: string }; spec: { volumes: { projected?: object }[] } }[];
    };
    const withToken = list.items.filter(({ spec }) => spec.volumes.some(({ projected }) => projected !== undefined));
    expect(withToken.map(({ metadata }) => metadata.name).sort()).toEqual(['kdmq-0', 'kdmq-1', 'kdmq-2']);
  });
});

describe('the pods of a release that reviews tokens', () => {
  let namespace: TestNamespace;
  let url: string;
  const get = async (token: string) => {
    const answer = await ask(`${url}/api/v1/nodes`, { headers: { authorization: `Bearer ${token}` } });
    return { status: answer.status, code: answer.json<{ code?: string }>().code };
  };
  const createToken = async (account: string, audience: string) =>
    (await namespace.kubectl('create', 'token', account, '--audience', audience)).trim();

  beforeAll(async () => {
    namespace = await TestNamespace.create('reviews');
    for (const account of ['operator', 'viewer', 'stranger']) {
      await namespace.kubectl('create', 'serviceaccount', account);
    }
    const account = (name: string) => `serviceaccount:${namespace.name}/${name}`;
    const tokenReview = { enabled: true, read: [account('viewer')], write: [account('operator')] };
    const http = { generateTokens: false, tokenReview };
    const release = await Release.install({ namespace, values: { replicaCount: 1, redis: { enabled: false }, http } });
    await release.rolledOut();
    url = (await release.pod('kdmq-0')).http;
  });
  afterAll(() => namespace[Symbol.asyncDispose]());

  it('may create token reviews, and nothing else of the cluster', async () => {
    const as = `system:serviceaccount:${namespace.name}:kdmq`;
    const may = await kubectl(['auth', 'can-i', '--list', '--no-headers', '-n', 'default', '--as', as]);
    const lines = may.split('\n').filter((line) => /^[a-z0-9./]+ +\[\] /.test(line) && !line.includes('selfsubject'));
    expect(lines.map((line) => line.split(/ +/).join(' '))).toEqual([
      'tokenreviews.authentication.k8s.io [] [] [create]',
    ]);
  });

  it('take what kubectl create token gives, of who is named, for their audience', async () => {
    const operator = await createToken('operator', 'kdmq');
    const viewer = await createToken('viewer', 'kdmq');
    expect(await get(operator)).toEqual({ status: 200, code: undefined });
    expect(await get(viewer)).toEqual({ status: 200, code: undefined });
    expect(await get(await createToken('stranger', 'kdmq'))).toEqual({ status: 403, code: 'TOKEN_WITHOUT_ROLE' });
    expect(await get(await createToken('operator', 'other'))).toEqual({ status: 401, code: 'TOKEN_WRONG' });
    expect(await get((await namespace.kubectl('create', 'token', 'operator')).trim())).toMatchObject({ status: 401 });
    const change = (token: string) =>
      ask(`${url}/api/v1/nodes`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ uri: 'sip:192.0.2.1:5060' }),
      });
    expect((await change(operator)).status).toBe(202);
    expect((await change(viewer)).status).toBe(403);
  });

  it('let nobody in any more whose service account is deleted', async () => {
    const token = await createToken('viewer', 'kdmq');
    expect((await get(token)).status).toBe(200);
    await namespace.kubectl('delete', 'serviceaccount', 'viewer');
    await measured(30_000, async () => expect(await get(token)).toEqual({ status: 401, code: 'TOKEN_WRONG' }));
  });
});

describeTokenReviews('at the API server of a cluster', async () => {
  const namespace = await TestNamespace.create('reviewer');
  await namespace.kubectl('create', 'serviceaccount', 'reviewer');
  await namespace.kubectl('create', 'serviceaccount', 'operator');
  const binding = `${namespace.name}-reviewer`;
  const subject = `--serviceaccount=${namespace.name}:reviewer`;
  await kubectl(['create', 'clusterrole', binding, '--verb=create', '--resource=tokenreviews.authentication.k8s.io']);
  await kubectl(['create', 'clusterrolebinding', binding, `--clusterrole=${binding}`, subject]);
  const own = (await namespace.kubectl('create', 'token', 'reviewer')).trim();
  const view = JSON.parse(await kubectl(['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json']));
  const [{ cluster }] = view.clusters;
  const authority = Buffer.from(cluster['certificate-authority-data'], 'base64').toString();
  const { server } = cluster;
  const account = { server, namespace: namespace.name, authority: async () => authority, token: async () => own };
  const may = () =>
    kubectl([
      ...['auth', 'can-i', 'create', 'tokenreviews.authentication.k8s.io'],
      ...['--as', `system:serviceaccount:${namespace.name}:reviewer`],
    ]).then(
      () => true,
      () => false,
    );
  await measured(10_000, async () => expect(await may()).toBe(true));
  return {
    reviews: new KubernetesTokenReviews(async () => account),
    account: { namespace: namespace.name, name: 'operator' },
    giveToken: async (audience) =>
      (await namespace.kubectl('create', 'token', 'operator', '--audience', audience)).trim(),
    forbid: async () => {
      await kubectl(['delete', 'clusterrolebinding', binding]);
      await measured(10_000, async () => expect(await may()).toBe(false));
    },
    end: async () => {
      await kubectl(['delete', 'clusterrole,clusterrolebinding', binding, '--ignore-not-found']);
      await namespace[Symbol.asyncDispose]();
    },
  };
});
