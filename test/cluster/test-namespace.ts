import { randomBytes } from 'node:crypto';
import { kubectl } from './kubectl.ts';

/** A namespace of one test, with what stands in it. `await using` deletes it, without waiting for its pods. */
export class TestNamespace {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** Makes one in which only pods are admitted that keep to the profile. */
  static async create(prefix: string, profile: 'restricted' | 'privileged' = 'restricted'): Promise<TestNamespace> {
    const namespace = new TestNamespace(`${prefix}-${randomBytes(3).toString('hex')}`);
    const labels = { 'pod-security.kubernetes.io/enforce': profile };
    const manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace.name, labels } };
    await kubectl(['create', '-f', '-'], { input: JSON.stringify(manifest) });
    return namespace;
  }

  /** One that manifests make, with a name that stands in them. Rejects when there is one of that name: it would be deleted at the end. */
  static async appliedBy(name: string, apply: () => Promise<unknown>): Promise<TestNamespace> {
    const phase = await kubectl([
      'get',
      'namespace',
      name,
      '--ignore-not-found',
      '--output',
      'jsonpath={.status.phase}',
    ]);
    if (phase === 'Active') throw new Error(`there is a namespace ${name} already; delete it, if nobody needs it`);
    if (phase !== '') await kubectl(['wait', `namespace/${name}`, '--for=delete', '--timeout=90s']);
    await apply();
    return new TestNamespace(name);
  }

  /** Runs kubectl in it. */
  kubectl(...args: readonly string[]): Promise<string> {
    return kubectl(['--namespace', this.name, ...args]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await kubectl(['delete', 'namespace', this.name, '--wait=false']);
  }
}
