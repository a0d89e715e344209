import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { kubectlProgram, machineHas } from '../machine.ts';
import { MANIFEST_FILES, manifestsOf } from '../project/manifests.ts';
import type { Manifest } from './helm.ts';

const objectsOf = (yaml: string) => parseAllDocuments(yaml).map((document) => document.toJS() as Manifest);
const idsOf = (objects: readonly Manifest[]) => objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);

describe.skipIf(!machineHas('helm'))('manifests/', () => {
  it.each(MANIFEST_FILES)('is what the chart makes; if not: make chart ($file)', (manifests) => {
    expect(manifestsOf(manifests)).toBe(readFileSync(manifests.file, 'utf8'));
  });

  it.each(MANIFEST_FILES)('is put together by kustomize, with the secrets that the user makes ($file)', ({ file }) => {
    const folder = mkdtempSync(join(tmpdir(), 'kdmq-manifests-'));
    try {
      cpSync(dirname(file), folder, { recursive: true });
      for (const secret of ['password', 'read-token', 'write-token']) writeFileSync(join(folder, secret), 'secret\n');
      const { status, stdout, stderr } = spawnSync(kubectlProgram, ['kustomize', folder], { encoding: 'utf8' });
      expect(status, stderr).toBe(0);
      const made = objectsOf(stdout);
      expect(idsOf(made)).toEqual(
        expect.arrayContaining([...idsOf(objectsOf(readFileSync(file, 'utf8'))), 'Namespace/kdmq']),
      );
      const named = new Set([...stdout.matchAll(/secretName: (\S+)/g)].map(([, name]) => `Secret/${name}`));
      expect(idsOf(made), basename(file)).toEqual(expect.arrayContaining([...named]));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
