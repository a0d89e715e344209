import { expect, it } from 'vitest';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { Release } from './release.ts';

it('helm upgrade leaves as many nodes as there are when it hands them over to an autoscaler, and afterwards', async () => {
  await using namespace = await TestNamespace.create('autoscaling');
  const replicas = () => namespace.kubectl('get', 'statefulset', 'kdmq', '--output', 'jsonpath={.spec.replicas}');
  const release = await Release.install({ namespace, values: { replicaCount: 2, redis: { enabled: false } } });
  expect(await replicas()).toBe('2');

  await release.upgrade({ autoscaling: { enabled: true, minReplicas: 2 } });
  expect(await replicas()).toBe('2');

  // As the autoscaler does it.
  await release.scale(4);
  await release.upgrade({ podAnnotations: { changed: 'yes' } });
  expect(await replicas()).toBe('4');
});
