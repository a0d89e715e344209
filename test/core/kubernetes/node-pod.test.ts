import { describe, expect, it } from 'vitest';
import { chooseNodePod, type NodePod } from '../../../src/core/kubernetes/node-pod.ts';

const pod = (name: string, release: string, ready = true): NodePod => ({
  ...{
    name,
    release,
    ready,
    port: 8080,
    scheme: 'http',
    bus: release,
    serviceAccount: release,
    tokenSecret: undefined,
  },
});

describe('the pod of a release', () => {
  it.each<[string, readonly NodePod[], string | undefined, string]>([
    ['the first that is ready', [pod('a-2', 'a'), pod('a-0', 'a', false), pod('a-1', 'a')], undefined, 'a-1'],
    ['of the release that is named', [pod('a-0', 'a'), pod('b-0', 'b')], 'b', 'b-0'],
  ])('is %s', (_, pods, release, name) => {
    expect(chooseNodePod(pods, release)).toMatchObject({ name });
  });

  it.each<[object, readonly NodePod[], string | undefined]>([
    [{ why: 'none' }, [], undefined],
    [{ why: 'none' }, [], 'a'],
    [{ why: 'several releases', releases: ['a', 'b'] }, [pod('b-0', 'b'), pod('a-0', 'a')], undefined],
    [{ why: 'unknown release', releases: ['a'] }, [pod('a-0', 'a')], 'b'],
    [{ why: 'none ready', pods: ['a-0', 'a-1'] }, [pod('a-1', 'a', false), pod('a-0', 'a', false)], undefined],
  ])('is not there: %j', (none, pods, release) => {
    expect(chooseNodePod(pods, release)).toEqual(none);
  });
});
