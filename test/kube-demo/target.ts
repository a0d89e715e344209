import { type RunOptions, runProgram } from '../cluster/run-program.ts';
import { type ClusterKind, clusterKind, type KubeconfigView } from './cluster-kind.ts';

/** The images of the demo, under names that the cluster's nodes find. */
export interface DemoImages {
  readonly kdmq: string;
  readonly kamailio: string;
  /** Values of the chart that this cluster needs beside them. */
  readonly values: Readonly<Record<string, string>>;
}

/** No registry is asked there, and no volumes are made. */
const testClusterValues = { 'redis.image': 'localhost/redis:7', 'redis.persistence.enabled': 'false' };

export interface TargetOptions {
  /** A context of kubectl; none: the test cluster of this machine. */
  readonly context: string | undefined;
  /** An image of kdmq that the nodes of another cluster find; not needed for kind, minikube and the test cluster. */
  readonly image: string | undefined;
  /** The same for one with Kamailio. */
  readonly kamailioImage: string | undefined;
  readonly say: (line: string) => void;
}

/** The cluster can't be used as it was asked for. */
export class TargetUnusable extends Error {
  readonly code = 'DEMO_TARGET_UNUSABLE';

  constructor(problem: string) {
    super(problem);
    this.name = 'TargetUnusable';
  }
}

const built = 'localhost/kdmq:demo';
const builtKamailio = 'localhost/kamailio:demo';
const minutes = 60_000;

/** The cluster that the demo plays on, and how kubectl and helm reach it. */
export class Target {
  readonly context: string | undefined;

  private constructor(context: string | undefined) {
    this.context = context;
  }

  /** Finds it; starts the test cluster when no context is named. Rejects with TargetUnusable. */
  static async find({ context, say }: Pick<TargetOptions, 'context' | 'say'>): Promise<Target> {
    if (context !== undefined) {
      const known = (await runProgram('kubectl', ['config', 'get-contexts', '--output', 'name'])).trim().split('\n');
      if (known.includes(context)) return new Target(context);
      throw new TargetUnusable(`kubectl knows no context ${context}: CONTEXT= may be ${known.join(', ')}`);
    }
    say('The test cluster of this machine; the first time it is built, in a quarter of an hour.');
    const kubeconfig = await runProgram('test/cluster/up', [], { deadlineMs: 60 * minutes });
    process.env.KUBECONFIG = kubeconfig.trim();
    process.env.PATH = `${process.env.CLUSTER_CACHE ?? '/var/cache/kdmq-cluster'}/bin:${process.env.PATH}`;
    return new Target(undefined);
  }

  kubectl(args: readonly string[], options?: RunOptions): Promise<string> {
    return runProgram('kubectl', [...this.#flag('--context'), ...args], options);
  }

  helm(args: readonly string[], options?: RunOptions): Promise<string> {
    return runProgram('helm', [...this.#flag('--kube-context'), ...args], options);
  }

  /** As somebody types it in another terminal. */
  get typed(): { readonly kubectl: string; readonly helm: string } {
    if (this.context !== undefined) {
      return { kubectl: `kubectl --context ${this.context}`, helm: `helm --kube-context ${this.context}` };
    }
    const { KUBECONFIG = '', CLUSTER_CACHE = '/var/cache/kdmq-cluster' } = process.env;
    const [kubectl = '', helm = ''] = ['kubectl', 'helm'].map(
      (name) => `KUBECONFIG=${KUBECONFIG} ${CLUSTER_CACHE}/bin/${name}`,
    );
    return { kubectl, helm };
  }

  /** Builds the images and brings them to where the cluster's nodes find them. Rejects with TargetUnusable. */
  async bringImages({ image, kamailioImage, say }: Omit<TargetOptions, 'context'>): Promise<DemoImages> {
    if (this.context === undefined) {
      say(`Building ${built} into it.`);
      await runProgram('test/cluster/build-image', ['.', built], { deadlineMs: 10 * minutes });
      return { kdmq: built, kamailio: 'localhost/kamailio:6.1', values: testClusterValues };
    }
    const named = { kdmq: image, kamailio: kamailioImage };
    if (named.kdmq !== undefined && named.kamailio !== undefined) {
      return { kdmq: named.kdmq, kamailio: named.kamailio, values: {} };
    }
    const load = await this.#loader();
    if (named.kdmq === undefined) {
      say(`Building ${built}.`);
      await runProgram('make', ['image', `IMAGE=${built}`], { deadlineMs: 15 * minutes });
      await load(built);
    }
    if (named.kamailio === undefined) {
      say(`Building ${builtKamailio}.`);
      const args = ['build', '--tag', builtKamailio, 'test/kube-demo/kamailio'];
      await runProgram('docker', args, { deadlineMs: 15 * minutes });
      await load(builtKamailio);
    }
    return { kdmq: named.kdmq ?? built, kamailio: named.kamailio ?? builtKamailio, values: {} };
  }

  async #loader(): Promise<(reference: string) => Promise<unknown>> {
    const found = await this.#kind();
    const options = { deadlineMs: 10 * minutes };
    switch (found.kind) {
      case 'kind':
        return (reference) => runProgram('kind', ['load', 'docker-image', reference, '--name', found.cluster], options);
      case 'minikube':
        return (reference) => runProgram('minikube', ['image', 'load', reference, '--profile', found.profile], options);
      case 'other':
        throw new TargetUnusable(
          `${this.context} is neither kind nor minikube: push the images of make image and of test/kube-demo/kamailio to a ` +
            'registry of yours and name them, IMAGE=… KAMAILIO_IMAGE=…',
        );
    }
  }

  async #kind(): Promise<ClusterKind> {
    const { context = '' } = this;
    const text = await runProgram('kubectl', ['config', 'view', '--minify', '--context', context, '--output', 'json']);
    return clusterKind(context, JSON.parse(text) as KubeconfigView);
  }

  #flag(name: string): string[] {
    return this.context === undefined ? [] : [name, this.context];
  }
}
