import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export interface KubectlOptions {
  /** What the command reads: manifests for `apply -f -`. */
  readonly input?: string;
  /** The command is ended after this time; 60 s when left out. */
  readonly deadlineMs?: number;
}

/**
 * Runs kubectl against the cluster of KUBECONFIG and gives what it printed. Throws an Error with what it complained of
 * when it fails or takes too long.
 */
export async function kubectl(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
  const { input = '', deadlineMs = 60_000 } = options;
  const child = spawn('kubectl', args, { timeout: deadlineMs, stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  child.stdin.on('error', () => {}); // it may end before it has read everything
  child.stdin.end(input);
  const [code, output, complaint] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${complaint.trim() || `ended after ${deadlineMs} ms`}`);
  return output;
}

/** Applies manifests, as objects, in a namespace. */
export async function apply(namespace: string, manifests: readonly object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
  await kubectl(['apply', '--namespace', namespace, '-f', '-'], { input });
}
