import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loopbackAddresses } from '../../loopback.ts';
import { StandInApiServer } from '../node-api/stand-in-api-server.ts';
import { runCommand } from '../run-command.ts';
import { doctor } from './doctor-run.ts';

const address = await loopbackAddresses(import.meta.filename);

let folder: string;
let api: StandInApiServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kdmq-doctor-'));
  const pod = { name: 'red-0', namespace: 'voice', release: 'red', ready: true, host: address() };
  const half = { namespace: 'music', release: 'blue', host: address() };
  const others = [
    { ...half, name: 'blue-0', ready: true },
    { ...half, name: 'blue-1', ready: false },
  ];
  api = await StandInApiServer.start(address(), [pod, ...others]);
  writeFileSync(join(folder, 'config'), api.kubeconfig());
});
beforeEach(() => {
  for (const set of [api.forbidden, api.missing, api.reviewed]) set.clear();
  api.knowsDmqNodes = true;
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const look = (...flags: readonly string[]) =>
  doctor(['--server-address', `sip:${address()}:5060`, ...flags], { KUBECONFIG: join(folder, 'config') });

describe('kdmq doctor about Kubernetes', { timeout: 120_000 }, () => {
  it('says nothing outside of a cluster', async () => {
    expect((await look()).of('kubernetes')).toEqual([]);
  });

  it('finds that the service account of a release has all rights', async () => {
    const run = await look('--namespace', 'voice');
    const what = 'service account red has all rights of a node in namespace voice, and the cluster knows DmqNodes';
    expect(run.of('kubernetes')).toEqual([{ check: 'kubernetes', level: 'ok', what }]);
    expect([...api.reviewed]).toEqual(['system:serviceaccount:voice:red in voice']);
  });

  it('finds that the pods of a release are ready', async () => {
    const { code, of } = await look('--namespace', 'voice');
    expect(code).toBe(0);
    expect(of('pods')).toEqual([{ check: 'pods', level: 'ok', what: 'of the release: 1 of 1 are ready' }]);
  });

  it('finds a pod that is not ready, and says how to see why', async () => {
    const { code, of } = await look('--namespace', 'music');
    expect(code).toBe(69);
    expect(of('pods')).toMatchObject([
      { level: 'error', what: 'blue-1 is not ready', next: expect.stringContaining('--pod blue-1') },
    ]);
  });

  it('names each right that is missing, what stops working and what to do', async () => {
    for (const right of ['list pods', 'watch pods', 'patch dmqnodes/status', 'update leases red'])
      api.missing.add(right);
    api.knowsDmqNodes = false;
    const { code, of } = await look('--context', 'voice');
    expect(code).toBe(0);
    const whats = of('kubernetes').map(({ level, what }) => `${level}: ${what}`);
    expect(whats).toEqual([
      'warning: the cluster has no resource dmqnodes.kdmq.dev',
      expect.stringMatching(
        /^warning: service account red lacks list, watch of pods in namespace voice: new pods are found by DNS/,
      ),
      expect.stringMatching(/lacks patch of dmqnodes\/status \(kdmq\.dev\) in namespace voice: DmqNodes do not say/),
      expect.stringMatching(/lacks update of leases named red \(coordination\.k8s\.io\) .*: no node writes the status/),
    ]);
    for (const { next } of of('kubernetes')) expect(next).toMatch(/charts\/kdmq\/crds|rbac\.create/);
  });

  it('says where to run it when these credentials may not ask about others', async () => {
    api.forbidden.add('reviews');
    const [finding] = (await look('--namespace', 'voice')).of('kubernetes');
    expect(finding).toMatchObject({ level: 'warning', next: expect.stringContaining('run kdmq doctor in the pod') });
  });

  it('ends when the flags lead to no release', async () => {
    const flags = ['doctor', '--server-address', `sip:${address()}:5060`, '--namespace', 'empty'];
    const { code, errors } = await runCommand(flags, { KUBECONFIG: join(folder, 'config') });
    expect(code).toBe(66);
    expect(errors).toContain('no pod of a kdmq release is in namespace empty');
  });

  it('says in a pod without a token why the API is not asked', async () => {
    const { of } = await doctor(['--server-address', `sip:${address()}:5060`], {
      KUBERNETES_SERVICE_HOST: '10.96.0.1',
      KUBERNETES_SERVICE_PORT: '443',
    });
    expect(of('kubernetes')).toEqual([
      expect.objectContaining({
        level: 'ok',
        what: expect.stringContaining('no token of a service account is mounted'),
      }),
    ]);
  });
});
