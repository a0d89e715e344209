import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { kubectl } from '../cluster/kubectl.ts';
import { isOwnCluster } from '../cluster/own-cluster.ts';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { showsActive } from './bus.ts';
import { HostVolumes } from './host-volumes.ts';
import { image, imageParts } from './image.ts';

const manifests = resolve(import.meta.dirname, '../../manifests');
const name = 'kdmq';
const ordinals = ['kdmq-0', 'kdmq-1', 'kdmq-2'];
/** As the image of Redis runs. */
const redisUser = 999;
const redisImage = '  - name: docker.io/library/redis\n    newName: localhost/redis\n    newTag: "7"\n';

/** As a user has them who names his images and makes the three secrets. */
function copyOfManifests(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kdmq-manifests-'));
  cpSync(manifests, folder, { recursive: true });
  const { repository, tag } = imageParts(image);
  for (const part of ['', 'with-redis']) {
    const file = join(folder, part, 'kustomization.yaml');
    const own = readFileSync(file, 'utf8')
      .replace(/newName: .*/, `newName: ${repository}`)
      .replace(/newTag: .*/, `newTag: "${tag}"`);
    writeFileSync(file, isOwnCluster ? own + redisImage : own);
  }
  for (const secret of ['password', 'read-token', 'write-token']) {
    writeFileSync(join(folder, 'with-redis', secret), `a-secret-for-the-${secret}`);
  }
  return folder;
}

describe('manifests/', () => {
  it('make a bus of three by kubectl apply -k, and one with Redis and tokens of it', async () => {
    const folder = copyOfManifests();
    // The name stands in settings, so the namespace can't be another one.
    await using namespace = await TestNamespace.appliedBy(name, () => kubectl(['apply', '-k', folder]));
    const claims = isOwnCluster ? ['data-kdmq-redis-0'] : [];
    await using _volumes = await HostVolumes.create({ namespace: name, claims, user: redisUser });
    const rolledOut = (set: string) => namespace.kubectl('rollout', 'status', `statefulset/${set}`, '--timeout=55s');
    try {
      await rolledOut('kdmq');
      await showsActive(namespace, ordinals, 3);

      await kubectl(['apply', '-k', join(folder, 'with-redis')]);
      await rolledOut('kdmq-redis');
      await rolledOut('kdmq');
      await showsActive(namespace, ordinals, 3);
      const kdmq = async (...args: readonly string[]) =>
        JSON.parse(await namespace.kubectl('exec', 'kdmq-1', '--', 'kdmq', ...args, '--output', 'json'));
      // By the token of the pod, and by the password of Redis.
      const active = { status: 'active' };
      await vi.waitFor(async () => expect(await kdmq('nodes')).toMatchObject({ nodes: [active, active, active] }), {
        timeout: 20_000,
        interval: 500,
      });
      expect(await kdmq('queue', 'ls')).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
