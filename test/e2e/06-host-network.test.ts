import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kamailioObjects } from '../cluster/kamailio-pod.ts';
import { apply } from '../cluster/kubectl.ts';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { listsAreWhole, listUrl } from './bus.ts';
import { hasKamailio, kamailioVersions } from './kamailio.ts';
import { type NodePod, Release } from './release.ts';
import { Runner } from './runner.ts';

/** Beside the node's 5060. */
const port = 5070;

/** The cluster has one machine, so there is room for one such node. */
describe.runIf(hasKamailio)('a node on the address of its machine', () => {
  let namespace: TestNamespace;
  let release: Release;
  let runner: Runner;

  beforeAll(async () => {
    // The profile `restricted` admits no pod to the network of its machine.
    namespace = await TestNamespace.create('host', 'privileged');
    const values = { hostNetwork: true, replicaCount: 1, redis: { enabled: false } };
    release = await Release.install({ namespace, values });
    runner = await Runner.start(namespace);
    await release.rolledOut();
  });
  afterAll(() => namespace[Symbol.asyncDispose]());

  describe.each(kamailioVersions)(
    'with a Kamailio %s on that address, which knows nothing of the cluster',
    (version) => {
      const name = `outside-${version.replace('.', '-')}`;
      let node: NodePod;
      let kamailio: { readonly uri: string; readonly rpc: string };

      beforeAll(async () => {
        node = await release.pod('kdmq-0');
        kamailio = { uri: `sip:${node.host}:${port}`, rpc: `http://${node.host}:${port}/RPC` };
        const image = `localhost/kamailio:${version}`;
        const outside = { name, image, labels: { app: name }, machinePort: port, notificationAddress: node.uri };
        await apply(namespace.name, kamailioObjects(outside));
      });

      it('is one bus with it', async () => {
        await listsAreWhole(runner, release, [kamailio]);
      });

      it('is known to it again when its pod was replaced: the address is the same', async () => {
        await namespace.kubectl('delete', 'pod', 'kdmq-0');
        await release.rolledOut();
        expect(await release.pod('kdmq-0')).toMatchObject({ uri: node.uri });
        await listsAreWhole(runner, release, [kamailio]);
      });

      it('drops it when it is killed', async () => {
        await namespace.kubectl('delete', 'pod', name, '--force', '--grace-period=0');
        const seen = await runner.look({ urls: [listUrl(node)], without: kamailio.uri, deadlineMs: 30_000 });
        expect(seen.held, JSON.stringify(seen.lists)).toBe(true);
      });
    },
  );
});
