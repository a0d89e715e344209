import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kamailioObjects } from '../cluster/kamailio-pod.ts';
import { apply } from '../cluster/kubectl.ts';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { listsAreWhole, listUrl } from './bus.ts';
import { hasKamailio } from './kamailio.ts';
import { type NodePod, openHttp, Release } from './release.ts';
import { Runner } from './runner.ts';

/** Beside the node's 5060. */
const port = 5070;

/** The cluster has one machine, so there is room for one such node; and Kamailio 6.1 takes two nodes of one address for one. */
describe.runIf(hasKamailio)('a node on the address of its machine', () => {
  let namespace: TestNamespace;
  let release: Release;
  let runner: Runner;
  let node: NodePod;
  let kamailio: { readonly uri: string; readonly rpc: string };

  beforeAll(async () => {
    // The profile `restricted` admits no pod to the network of its machine.
    namespace = await TestNamespace.create('host', 'privileged');
    // Not 8080 of the machine, which the pages' port-forward wants.
    const http = { ...openHttp, port: 8090 };
    const values = { hostNetwork: true, replicaCount: 1, redis: { enabled: false }, http };
    release = await Release.install({ namespace, values });
    runner = await Runner.start(namespace);
    await release.rolledOut();
    node = await release.pod('kdmq-0');
    kamailio = { uri: `sip:${node.host}:${port}`, rpc: `http://${node.host}:${port}/RPC` };
  });
  afterAll(() => namespace[Symbol.asyncDispose]());

  /** On the machine's address too; it knows nothing of the cluster. */
  async function startKamailio(version: string): Promise<void> {
    const image = `localhost/kamailio:${version}`;
    const outside = {
      name: 'outside',
      image,
      labels: { app: 'outside' },
      machinePort: port,
      notificationAddress: node.uri,
    };
    await apply(namespace.name, kamailioObjects(outside));
  }

  async function killKamailio(): Promise<void> {
    await namespace.kubectl('delete', 'pod', 'outside', '--force', '--grace-period=0');
    const seen = await runner.look({ urls: [listUrl(node)], without: kamailio.uri, deadlineMs: 30_000 });
    expect(seen.held, JSON.stringify(seen.lists)).toBe(true);
  }

  it('is one bus with a Kamailio 5.6 there, and without it when that is killed', async () => {
    await startKamailio('5.6');
    await listsAreWhole(runner, release, [kamailio]);
    await killKamailio();
  });

  it('is one bus with a Kamailio 6.1 there, and again after its pod was replaced', async () => {
    await startKamailio('6.1');
    await listsAreWhole(runner, release, [kamailio]);
    await namespace.kubectl('delete', 'pod', 'kdmq-0');
    await release.replaced(node);
    expect(await release.pod('kdmq-0')).toMatchObject({ uri: node.uri });
    // To a Kamailio that got a goodbye the same address is dead until its own ping, every 60 s, is answered.
    await listsAreWhole(runner, release, [kamailio], 75_000);
    await killKamailio();
  });
});
