import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { helmProgram } from '../machine.ts';

/** The folder of the chart. */
export const CHART = fileURLToPath(new URL('../../charts/kdmq', import.meta.url));

/** An object of Kubernetes, as the chart makes it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: tests reach deep into objects of many kinds, and see at once what is not there
  readonly [field: string]: any;
}

/** What a helm that has ended wrote. */
export interface HelmRun {
  readonly code: number | null;
  readonly output: string;
  readonly complaint: string;
}

/** Runs helm without a cluster; `values` are what a user has in a file. */
export async function helm(args: readonly string[], values: object = {}): Promise<HelmRun> {
  const child = spawn(helmProgram, args, { timeout: 20_000, stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  child.stdin.on('error', () => {}); // not every command reads it
  child.stdin.end(JSON.stringify(values));
  const [code, output, complaint] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, output, complaint };
}

/** What `helm install` of a release would make. Throws with what helm complains of. */
export async function render(values: object = {}, release = 'kdmq', namespace = 'demo'): Promise<Manifest[]> {
  const args = ['template', release, CHART, '--namespace', namespace, '--values', '-'];
  const { code, output, complaint } = await helm(args, values);
  if (code !== 0) throw new Error(complaint);
  return parseAllDocuments(output)
    .map((document) => {
      // A key that is there twice, for one.
      if (document.errors?.[0] !== undefined) throw document.errors[0];
      return document.toJS() as Manifest | null;
    })
    .filter((object) => object !== null);
}

/** The only object of a kind and a name. Throws when there is another number of them. */
export function only(objects: readonly Manifest[], kind: string, name: string): Manifest {
  const found = objects.filter((object) => object.kind === kind && object.metadata.name === name);
  const [object] = found;
  if (object === undefined || found.length > 1) throw new Error(`there are ${found.length} of ${kind} ${name}`);
  return object;
}

/** The StatefulSet of the nodes and the ConfigMap of their settings. */
export function node(objects: readonly Manifest[]): { statefulSet: Manifest; configMap: Manifest } {
  const statefulSet = objects.find(
    ({ kind, metadata }) => kind === 'StatefulSet' && metadata.labels['app.kubernetes.io/component'] === 'node',
  );
  if (statefulSet === undefined) throw new Error('there is no StatefulSet of nodes');
  return { statefulSet, configMap: only(objects, 'ConfigMap', statefulSet.metadata.name) };
}
