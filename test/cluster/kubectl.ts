import { type RunOptions, runProgram } from './run-program.ts';

/** Runs kubectl against the cluster of KUBECONFIG and gives what it printed. Rejects with ProgramFailed. */
export function kubectl(args: readonly string[], options: RunOptions = {}): Promise<string> {
  return runProgram('kubectl', args, options);
}

/** Applies manifests, as objects, in a namespace. */
export async function apply(namespace: string, manifests: readonly object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
  await kubectl(['apply', '--namespace', namespace, '-f', '-'], { input });
}
