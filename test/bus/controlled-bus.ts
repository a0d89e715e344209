import { Controller } from '../../src/bus/controller.ts';
import type { ObservedContainer, ObservedPod } from '../../src/core/kubernetes/observed-pod.ts';
import { formatPodInstance } from '../../src/core/kubernetes/pod-instance.ts';
import type { NodeUri } from '../../src/core/node-uri.ts';
import { podOf } from '../core/kubernetes/pods.ts';
import { MemoryCluster } from '../fakes/memory-cluster.ts';
import { SeededRandom } from '../fakes/seeded-random.ts';
import { VirtualBus, type VirtualNode } from './virtual-bus.ts';

/** A pod with its node and controller. */
export interface ControlledPod {
  readonly uid: string;
  readonly name: string;
  readonly node: VirtualNode;
  readonly controller: Controller;
}

export const statefulSet = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'kdmq', uid: 'set-1' };

/** Whole nodes with controllers on a virtual network and a cluster in memory. DNS answers nothing: what is found is found by Kubernetes. */
export class ControlledBus {
  readonly bus = new VirtualBus();
  readonly cluster = new MemoryCluster();
  readonly pods: ControlledPod[] = [];
  #uids = 0;

  constructor() {
    this.bus.dns = () => undefined;
  }

  /** A pod at the address whose last number is `index`; Kubernetes knows it as soon as its process runs. */
  async addPod(index: number, observedLimit = 500): Promise<ControlledPod> {
    this.#uids += 1;
    const uid = `uid-${this.#uids}`;
    const pod = await this.#run(uid, `kdmq-${index}`, VirtualBus.uri(index), observedLimit);
    this.observe(pod);
    return pod;
  }

  async addPods(count: number): Promise<ControlledPod[]> {
    for (let index = 1; index <= count; index++) await this.addPod(index);
    await this.bus.until(() => this.pods.every((pod) => this.#seesOthers(pod)), 3_000);
    return this.pods;
  }

  /** The same pod with another run of its container, at the same address. */
  async restart(pod: ControlledPod): Promise<ControlledPod> {
    const again = await this.#run(pod.uid, pod.name, pod.node.uri, 500);
    this.observe(again, {}, 'run-2');
    return again;
  }

  /** Kubernetes says of the pod what is different now; whoever watches hears of it unless `isTold` is false. */
  observe(
    { uid, name, node }: Pick<ControlledPod, 'uid' | 'name' | 'node'>,
    changes: Partial<ObservedPod> = {},
    run = 'run-1',
    isTold = true,
  ): void {
    const container: ObservedContainer = {
      id: `${uid}-${run}`,
      state: 'running',
      startedAt: this.#second(),
      endedAt: undefined,
    };
    const pod = podOf(uid, node.uri.host, { name, owner: statefulSet, container, ...changes });
    if (isTold) this.cluster.pods.set(pod);
    else this.cluster.pods.items.set(uid, pod);
  }

  /** The pod's container has ended just now. */
  ended(pod: ControlledPod): ObservedContainer {
    return { id: `${pod.uid}-run-1`, state: 'terminated', startedAt: undefined, endedAt: this.#second() };
  }

  /** The process dies; what Kubernetes says stays. */
  kill(pod: ControlledPod): void {
    this.bus.kill(pod.node);
    pod.node.clock.pause();
    this.pods.splice(this.pods.indexOf(pod), 1);
  }

  activeAt({ node }: ControlledPod): string[] {
    return this.bus.activeAt(node);
  }

  leader(): ControlledPod | undefined {
    return this.pods.find(({ controller }) => controller.view().leader);
  }

  #seesOthers(pod: ControlledPod): boolean {
    const active = this.activeAt(pod);
    return this.pods.every(({ node }) => node === pod.node || active.includes(node.uri.host));
  }

  #second(): number {
    return Math.floor(this.bus.clock.wallTime() / 1_000) * 1_000;
  }

  async #run(uid: string, name: string, uri: NodeUri, observedLimit: number): Promise<ControlledPod> {
    const startedAt = this.bus.clock.wallTime() + 1;
    const node = await this.bus.add(uri, {}, formatPodInstance({ uid, startedAt }));
    const { bus, clock, log, counters } = node;
    const controller = new Controller({
      bus,
      cluster: this.cluster.connection(),
      clock,
      random: new SeededRandom(this.#uids + this.pods.length * 100),
      log,
      counters,
      pod: { name, uid },
      busName: 'kdmq',
      observedLimit,
    });
    controller.start();
    const pod = { uid, name, node, controller };
    this.pods.push(pod);
    return pod;
  }
}
