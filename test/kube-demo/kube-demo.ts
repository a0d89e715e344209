import { setTimeout as after } from 'node:timers/promises';
import { kamailioObjects } from '../cluster/kamailio-pod.ts';
import { StepFailed } from '../demo/step.ts';
import type { Paint } from '../demo/table.ts';
import { type DemoImages, Target } from './target.ts';

export interface KubeDemoOptions {
  /** A context of kubectl; none: the test cluster of this machine. */
  readonly context: string | undefined;
  readonly image: string | undefined;
  readonly kamailioImage: string | undefined;
  readonly print: (line: string) => void;
  readonly paint: Paint;
}

const namespace = 'kdmq-demo';
const release = 'kdmq';
const kamailio = 'kamailio';
/** Starting pods, on a busy machine. */
const deadlineMs = 150_000;
const pauseMs = 400;

/** Plays the demo and leaves everything running. True when every step held; what did not is printed. Rejects with TargetUnusable. */
export async function playKubeDemo(options: KubeDemoOptions): Promise<boolean> {
  const { context, print, paint } = options;
  const target = await Target.find({ context, say: print });
  try {
    await new KubeDemo(target, options).play();
    return true;
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    print(`\n${paint('red', `This did not hold: ${error.message}`)}`);
    print(['   expected:', ...error.expected].join('\n     '));
    print(['   seen:', ...error.seen].join('\n     '));
    print('\nAll is left as it is; `make kube-demo-down` removes it.');
    return false;
  }
}

/** Takes the demo away again. The cluster stays. */
export async function removeKubeDemo({ context, print }: KubeDemoOptions): Promise<void> {
  const target = await Target.find({ context, say: print });
  const args = ['delete', 'namespace', namespace, '--ignore-not-found', '--timeout=120s'];
  await target.kubectl(args, { deadlineMs: 130_000 });
  print(`The namespace ${namespace} is gone.${context === undefined ? ' `make cluster-down` stops the cluster.' : ''}`);
}

/** As `kubectl get dmqnodes` shows a node. */
interface ShownNode {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly phase?: string; readonly seenBy?: string };
}

const ordinals = (count: number): string[] => Array.from({ length: count }, (_, n) => `${release}-${n}`);

/** The steps, told as they happen. */
class KubeDemo {
  readonly #target: Target;
  readonly #options: KubeDemoOptions;
  #step = 0;

  constructor(target: Target, options: KubeDemoOptions) {
    this.#target = target;
    this.#options = options;
  }

  async play(): Promise<void> {
    const { image, kamailioImage, print, paint } = this.#options;
    const start = performance.now();
    const images = await this.#target.bringImages({ image, kamailioImage, say: print });
    await this.#install(images);
    await this.#joinKamailio(images.kamailio);
    await this.#scale();
    await this.#kill();
    print(`\n${paint('bold', 'Every step held')}, after ${((performance.now() - start) / 1_000).toFixed(0)} s.`);
    this.#tellHowToGoOn();
  }

  async #install({ kdmq: image, values: more }: DemoImages): Promise<void> {
    this.#title('helm install: three nodes, and a Redis for their queues');
    const colon = image.lastIndexOf(':');
    const values = {
      'image.repository': image.slice(0, colon),
      'image.tag': image.slice(colon + 1),
      'redis.enabled': 'true',
      ...more,
    };
    const set = Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
    const args = [
      'upgrade',
      '--install',
      release,
      'charts/kdmq',
      '--namespace',
      namespace,
      '--create-namespace',
      ...set,
    ];
    this.#command('helm', args);
    await this.#target.helm(args);
    await this.#shows(ordinals(3), 3);
  }

  async #joinKamailio(image: string): Promise<void> {
    this.#title('A Kamailio joins');
    this.#say('It is told the name of the headless service. By the label kdmq.dev/bus the nodes watch its pod.');
    const headless = await this.#in('get', 'statefulset', release, '--output', 'jsonpath={.spec.serviceName}');
    const notificationAddress = `sip:${headless}.${namespace}.svc.cluster.local:5060`;
    const pod = { name: kamailio, image, labels: { 'kdmq.dev/bus': release }, notificationAddress };
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: kamailioObjects(pod) });
    await this.#target.kubectl(['--namespace', namespace, 'apply', '-f', '-'], { input });
    await this.#shows([...ordinals(3), kamailio], 3);
  }

  async #scale(): Promise<void> {
    this.#title('Scaled to five');
    const args = ['scale', 'statefulset', release, '--replicas=5'];
    this.#command('kubectl', ['--namespace', namespace, ...args]);
    await this.#in(...args);
    await this.#shows([...ordinals(5), kamailio], 5);
  }

  async #kill(): Promise<void> {
    const victim = `${release}-1`;
    this.#title(`${victim} is deleted by force; the StatefulSet makes a new one`);
    const uidOf = () => this.#in('get', 'pod', victim, '--ignore-not-found', '--output', 'jsonpath={.metadata.uid}');
    const old = await uidOf();
    const args = ['delete', 'pod', victim, '--force', '--grace-period=0', '--wait=false'];
    this.#command('kubectl', ['--namespace', namespace, ...args]);
    await this.#in(...args);
    const isOut = (lines: readonly string[]): boolean => !lines.includes(`${victim} active 5/5`);
    await this.#wait(`${victim} is out`, [`no ${victim} active 5/5`], () => this.#shown(), isOut);
    await this.#print();
    const isNew = ([uid = '']: readonly string[]): boolean => !['', old].includes(uid);
    await this.#wait('there is a new pod', [`a UID other than ${old}`], async () => [await uidOf()], isNew);
    await this.#shows([...ordinals(5), kamailio], 5);
  }

  #tellHowToGoOn(): void {
    const { kubectl, helm } = this.#target.typed;
    const { context, print } = this.#options;
    const again = context === undefined ? '' : ` CONTEXT=${context}`;
    const lines = [
      '',
      'It runs on. In another terminal:',
      '',
      `   ${kubectl} -n ${namespace} get dmqnodes --watch`,
      `   ${kubectl} -n ${namespace} get events.events.k8s.io`,
      `   ${kubectl} -n ${namespace} logs ${release}-0`,
      `   ${kubectl} -n ${namespace} delete pod ${kamailio}`,
      `   ${kubectl} -n ${namespace} scale statefulset ${release} --replicas=2`,
      `   ${helm} -n ${namespace} test ${release}`,
      `   make kube-demo-down${again}`,
    ];
    for (const line of lines) print(line);
  }

  /** Waits until exactly these nodes are active for all `observers`, then prints the table. */
  async #shows(names: readonly string[], observers: number): Promise<void> {
    const expected = names.map((name) => `${name} active ${observers}/${observers}`).sort();
    const start = performance.now();
    const holds = (lines: readonly string[]): boolean => lines.join() === expected.join();
    await this.#wait('the bus is whole', expected, () => this.#shown(), holds);
    this.#say(
      this.#options.paint('green', `✓ all see all, ${((performance.now() - start) / 1_000).toFixed(1)} s later`),
    );
    await this.#print();
  }

  async #shown(): Promise<string[]> {
    const text = await this.#in('get', 'dmqnodes', '--output', 'json');
    const { items } = JSON.parse(text) as { items: ShownNode[] };
    return items.map(({ metadata, status }) => `${metadata.name} ${status?.phase} ${status?.seenBy}`).sort();
  }

  /** Looks again and again until it holds. Throws StepFailed after the deadline. */
  async #wait(
    what: string,
    expected: readonly string[],
    look: () => Promise<readonly string[]>,
    holds: (seen: readonly string[]) => boolean,
  ): Promise<void> {
    const end = performance.now() + deadlineMs;
    for (;;) {
      const seen = await look();
      if (holds(seen)) return;
      if (performance.now() > end) throw new StepFailed(`${what}: not within ${deadlineMs / 1_000} s`, expected, seen);
      await after(pauseMs);
    }
  }

  async #print(): Promise<void> {
    this.#command('kubectl', ['--namespace', namespace, 'get', 'dmqnodes']);
    for (const line of (await this.#in('get', 'dmqnodes')).trimEnd().split('\n')) this.#say(line);
    this.#say('');
  }

  #in(...args: readonly string[]): Promise<string> {
    return this.#target.kubectl(['--namespace', namespace, ...args]);
  }

  #title(text: string): void {
    this.#step += 1;
    this.#options.print(`\n${this.#options.paint('bold', `${this.#step}. ${text}`)}`);
  }

  #command(program: string, args: readonly string[]): void {
    this.#say(this.#options.paint('dim', `$ ${program} ${args.join(' ')}`));
  }

  #say(text: string): void {
    this.#options.print(`   ${text}`);
  }
}
