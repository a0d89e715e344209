import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type Document, parseAllDocuments } from 'yaml';
import { helmProgram } from '../machine.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const pathOf = (name: string): string => `${project}manifests/${name}`;

/** A file of manifests/, and the values of the chart that it is made with. */
interface ManifestFile {
  readonly file: string;
  readonly values: object;
}

/** Helm makes password and tokens; with plain files users bring theirs, and kustomization.yaml makes Secrets of them. */
const plain = { http: { generateTokens: false } };
const withRedis = { http: { existingSecret: 'kdmq-http' }, redis: { enabled: true, existingSecret: 'kdmq-redis' } };

/** All files of manifests/ that are made from the chart. */
export const MANIFEST_FILES: readonly ManifestFile[] = [
  { file: pathOf('kdmq.yaml'), values: plain },
  { file: pathOf('with-redis/kdmq.yaml'), values: withRedis },
];

const HEADER =
  '# Made from charts/kdmq by `make chart`, for the namespace kdmq: its name stands in settings, so another one needs helm.\n';

/** What a file has to hold: the CRD and what helm would install, without what only concerns helm. Throws when helm fails. */
export function manifestsOf({ values }: ManifestFile): string {
  const args = ['template', 'kdmq', `${project}charts/kdmq`, '--namespace', 'kdmq', '--include-crds', '--values', '-'];
  const { status, stdout, stderr } = spawnSync(helmProgram, args, { input: JSON.stringify(values), encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const documents = parseAllDocuments(stdout.replaceAll(/^# Source: .*\n/gm, '')).filter(
    ({ contents }) => contents !== null,
  ) as Document[];
  return (
    HEADER +
    documents
      .filter((document) => !isHook(document))
      .map(withoutHelm)
      .join('')
  );
}

const isHook = (document: Document): boolean => document.hasIn(['metadata', 'annotations', 'helm.sh/hook']);

function withoutHelm(document: Document): string {
  for (const label of ['helm.sh/chart', 'app.kubernetes.io/managed-by']) {
    if (document.hasIn(['metadata', 'labels', label])) document.deleteIn(['metadata', 'labels', label]);
  }
  return `---\n${document.toString({ lineWidth: 0, directives: false })}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const manifests of MANIFEST_FILES) writeFileSync(manifests.file, manifestsOf(manifests));
}
