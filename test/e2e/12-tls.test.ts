import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { TestAuthority } from '../edges/sip/certificates.ts';
import { listsAreWhole, showsActive } from './bus.ts';
import { type NodePod, Release, type Values } from './release.ts';
import { Runner } from './runner.ts';

const name = 'kdmq';

describe('a release with TLS', () => {
  let namespace: TestNamespace;
  let runner: Runner;
  let authority: TestAuthority;

  beforeAll(async () => {
    namespace = await TestNamespace.create('tls');
    authority = new TestAuthority();
    const headless = `${name}-headless.${namespace.name}.svc.cluster.local`;
    const { certificate, privateKey } = authority.issue(`DNS:${headless},DNS:*.${headless}`);
    const files = { 'tls.crt': certificate, 'tls.key': privateKey, 'ca.crt': authority.caList };
    const given = Object.entries(files).map(([key, file]) => `--from-file=${key}=${file}`);
    await namespace.kubectl('create', 'secret', 'generic', 'certificate', ...given);
    runner = await Runner.start(namespace);
  }, 130_000);
  afterAll(async () => {
    authority.remove();
    await namespace[Symbol.asyncDispose]();
  });

  it.each<[string, Values]>([
    ['of the family that the cluster prefers', {}],
    ['of the other one', { ipFamilies: ['IPv6'] }],
  ])('only is one bus, each node announced with TLS on its address %s', async (_, values) => {
    const tls = { enabled: true, only: true, existingSecret: 'certificate' };
    const release = await Release.install({ namespace, name, values: { redis: { enabled: false }, tls, ...values } });
    await release.rolledOut();
    const pods = await release.pods();
    expect(pods.map(({ uri }) => uri)).toEqual(pods.map(({ host }) => `sip:${host}:5061;transport=tls`));
    await listsAreWhole(runner, release);
    await showsActive(namespace, release.ordinals(3), 3);
    await release.uninstall();
    await release.allGone();
  });

  it('beside UDP is one bus of UDP, and each node answers by TLS too, to who has a certificate', async () => {
    const tls = { enabled: true, existingSecret: 'certificate' };
    const release = await Release.install({ namespace, name, values: { redis: { enabled: false }, tls } });
    await release.rolledOut();
    await listsAreWhole(runner, release);
    const [, { host }] = (await release.pods()) as [unknown, NodePod];
    const ping = `kdmq ping 'sip:${host}:5061;transport=tls'`;
    const inFirst = (command: string) => namespace.kubectl('exec', `${name}-0`, '--', 'sh', '-c', command);
    expect(await inFirst(ping)).toMatch(/answers 200/);
    // With a configuration that has an authority and no certificate of its own.
    const stranger = 'cd /var/lib/kdmq && echo tls_ca_list: /etc/kdmq-tls/ca.crt > stranger.yaml';
    await expect(inFirst(`${stranger} && ${ping} --config stranger.yaml`)).rejects.toThrow(/--tls-certificate/);
  });
});
