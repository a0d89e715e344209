import type { ObservedContainer, ObservedPod } from '../../../src/core/kubernetes/observed-pod.ts';
import { lifeOf, podOf, start } from './pods.ts';

/** A process as it really was. Times are milliseconds since 1970. */
export interface Life {
  readonly uid: string;
  readonly ip: string;
  readonly instance: string;
  readonly startedAt: number;
  endedAt: number | undefined;
}

/** What happens in the cluster, after a while. `pick` chooses the pod. */
export interface Step {
  readonly after: number;
  readonly what: 'create' | 'kill' | 'restart' | 'fail' | 'delete';
  readonly pick: number;
}

interface Pod {
  readonly uid: string;
  readonly ip: string;
  runs: number;
  containerAt: number;
  endedAt: number | undefined;
  life: Life | undefined;
  phase: ObservedPod['phase'];
}

/** Pods that come, are killed, restart and go, with few addresses; and what the kubelet says of them, in whole seconds. */
export class PodHistory {
  readonly lives: Life[] = [];
  #pods: Pod[] = [];
  #now = start;
  #created = 0;

  /** Carries out a step and returns what Kubernetes says then. */
  step({ after, what, pick }: Step): ReadonlyMap<string, ObservedPod> {
    this.#now += after;
    if (what === 'create') this.#create(pick);
    else {
      const pod = this.#pods[pick % Math.max(1, this.#pods.length)];
      if (pod !== undefined) this.#change(pod, what);
    }
    return new Map(this.#pods.map((pod) => [pod.uid, observe(pod)]));
  }

  #create(pick: number): void {
    const ip = `10.0.0.${2 + (pick % 4)}`;
    if (this.#pods.some((pod) => pod.ip === ip && pod.phase === 'Running')) return;
    this.#created += 1;
    const pod = { uid: `p${this.#created}`, ip, runs: 0, containerAt: 0, endedAt: undefined, life: undefined };
    this.#pods.push({ ...pod, phase: 'Running' });
    this.#run(this.#pods.at(-1)!, pick);
  }

  #change(pod: Pod, what: Step['what']): void {
    if (pod.phase !== 'Running' && what !== 'delete') return;
    if (what !== 'restart') this.#end(pod);
    if (what === 'fail') pod.phase = 'Failed';
    if (what === 'delete') this.#pods = this.#pods.filter((other) => other !== pod);
    if (what === 'restart' && pod.life === undefined) this.#run(pod, pod.runs);
  }

  /** The process begins some hundred milliseconds after its container. */
  #run(pod: Pod, pick: number): void {
    pod.runs += 1;
    pod.containerAt = this.#now;
    const startedAt = this.#now + 40 + (pick % 900);
    this.#now = startedAt;
    const instance = lifeOf(pod.uid, startedAt);
    pod.life = { uid: pod.uid, ip: pod.ip, instance, startedAt, endedAt: undefined };
    this.lives.push(pod.life);
  }

  #end(pod: Pod): void {
    if (pod.life === undefined) return;
    pod.life.endedAt = this.#now;
    pod.endedAt = this.#now;
    pod.life = undefined;
  }
}

const seconds = (time: number): number => Math.floor(time / 1_000) * 1_000;

function observe(pod: Pod): ObservedPod {
  const endedAt = pod.endedAt === undefined ? undefined : seconds(pod.endedAt);
  const isRunning = pod.life !== undefined;
  const container: ObservedContainer = {
    id: `${pod.uid}-${pod.runs}`,
    state: isRunning ? 'running' : 'terminated',
    startedAt: isRunning ? seconds(pod.containerAt) : undefined,
    endedAt,
  };
  return podOf(pod.uid, pod.ip, { container, phase: pod.phase, ready: isRunning });
}
