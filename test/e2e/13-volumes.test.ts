import { describe, expect, it } from 'vitest';
import { isOwnCluster } from '../cluster/own-cluster.ts';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { HostVolumes } from './host-volumes.ts';
import { QueueProbe } from './queue-probe.ts';
import { Release } from './release.ts';
import { Runner } from './runner.ts';

/** As the image runs. */
const user = 1000;
const storageClass = 'folders-of-the-machine';

describe.skipIf(!isOwnCluster)('a release with persistence.enabled', () => {
  it('finds the queues of each ordinal in its volume, after the pod was deleted and after it was killed', async () => {
    await using namespace = await TestNamespace.create('volumes');
    const claims = ['data-kdmq-0', 'data-kdmq-1'];
    await using _volumes = await HostVolumes.create({ namespace: namespace.name, claims, user, storageClass });
    const release = await Release.install({
      namespace,
      values: {
        replicaCount: 2,
        redis: { enabled: false },
        persistence: { enabled: true, storageClass },
        config: { mqueue: { calls: { durability: 'always' } } },
      },
    });
    const runner = await Runner.start(namespace);
    await release.rolledOut();
    const queue = new QueueProbe(runner, 'calls');
    const [first, second] = await release.pods();
    await queue.add(first!, ['one', 'two']);
    await queue.add(second!, ['other']);

    await namespace.kubectl('delete', 'pod', first!.name);
    await release.replaced(first!);
    const again = await release.pod(first!.name);
    expect(await queue.values(again)).toEqual(['one', 'two']);
    await queue.add(again, ['three']);

    await namespace.kubectl('delete', 'pod', first!.name, '--force', '--grace-period=0');
    await release.replaced(again);
    expect(await queue.values(await release.pod(first!.name))).toEqual(['one', 'two', 'three']);
    expect(await queue.values(second!)).toEqual(['other']);
  });
});
