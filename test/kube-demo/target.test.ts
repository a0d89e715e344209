import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Target, TargetUnusable } from './target.ts';

/** What minikube writes beside a context and a cluster. */
const byMinikube = { extensions: [{ name: 'context_info', extension: { provider: 'minikube.sigs.k8s.io' } }] };
const views = {
  'kind-kind': {},
  'kind-two-words': {},
  minikube: { contexts: [{ name: 'minikube', context: byMinikube }] },
  'my-profile': { contexts: [{ name: 'my-profile', context: {} }], clusters: [{ cluster: byMinikube }] },
  production: { contexts: null, clusters: [{ cluster: { extensions: null } }] },
};
type Context = keyof typeof views;

/** Programs that write down how they were called; kubectl knows the contexts above. */
describe('the cluster of the demo', () => {
  let folder: string;
  const called = (): string[] => readFileSync(join(folder, 'called'), 'utf8').trim().split('\n');
  const said: string[] = [];
  const say = (line: string) => said.push(line);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kdmq-target-'));
    writeFileSync(join(folder, 'called'), '');
    for (const name of ['kind', 'minikube', 'docker', 'make', 'helm']) {
      program(name, `echo ${name} "$@" >> '${folder}/called'`);
    }
    for (const [context, view] of Object.entries(views))
      writeFileSync(join(folder, `view.${context}`), JSON.stringify(view));
    const asked = `case "$*" in
      'config get-contexts'*) printf '%s\\n' ${Object.keys(views).join(' ')} ;;
      'config view'*) cat '${folder}'/view."$5" ;;
      *) echo kubectl "$@" >> '${folder}/called' ;;
    esac`;
    program('kubectl', asked);
    vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  function program(name: string, script: string): void {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }

  const bring = async (context: Context, image?: string, kamailioImage?: string) =>
    (await Target.find({ context, say })).bringImages({ image, kamailioImage, say });

  const builds = [
    'make image IMAGE=localhost/kdmq:demo',
    'docker build --tag localhost/kamailio:demo test/kube-demo/kamailio',
  ];
  it.each<[Context, string, string]>([
    ['kind-kind', 'kind load docker-image', '--name kind'],
    ['kind-two-words', 'kind load docker-image', '--name two-words'],
    ['minikube', 'minikube image load', '--profile minikube'],
    ['my-profile', 'minikube image load', '--profile my-profile'],
  ])('gets the images that are built here: %s', async (context, load, where) => {
    const images = await bring(context);
    expect(images).toEqual({ kdmq: 'localhost/kdmq:demo', kamailio: 'localhost/kamailio:demo', values: {} });
    expect(called()).toEqual([
      builds[0],
      `${load} localhost/kdmq:demo ${where}`,
      builds[1],
      `${load} localhost/kamailio:demo ${where}`,
    ]);
  });

  it('of another kind needs images that its nodes find', async () => {
    await expect(bring('production')).rejects.toThrow(TargetUnusable);
    await expect(bring('production')).rejects.toThrow('IMAGE=… KAMAILIO_IMAGE=…');
    const images = await bring('production', 'registry.example.org/kdmq:1', 'registry.example.org/kamailio:1');
    expect(images).toMatchObject({ kdmq: 'registry.example.org/kdmq:1', kamailio: 'registry.example.org/kamailio:1' });
    expect(called()).toEqual(['']);
  });

  it('is the one of the context that was named, for kubectl and for helm', async () => {
    const target = await Target.find({ context: 'kind-kind', say });
    await target.kubectl(['get', 'pods']);
    await target.helm(['list']);
    expect(called()).toEqual(['kubectl --context kind-kind get pods', 'helm --kube-context kind-kind list']);
    expect(target.typed.kubectl).toBe('kubectl --context kind-kind');
  });

  it('is not found under a name that kubectl does not know: those that it knows are named', async () => {
    await expect(Target.find({ context: 'kind', say })).rejects.toThrow(
      'kubectl knows no context kind: CONTEXT= may be kind-kind, kind-two-words, minikube',
    );
  });
});
