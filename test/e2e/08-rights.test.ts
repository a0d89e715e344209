import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apply, kubectl } from '../cluster/kubectl.ts';
import { TestNamespace } from '../cluster/test-namespace.ts';
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
