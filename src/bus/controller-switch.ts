import type { Cluster } from '../ports/cluster.ts';
import type { Log } from '../ports/telemetry.ts';
import { Controller, type ControllerOptions } from './controller.ts';
import type { ControllerView } from './controller-view.ts';

export interface ControllerSwitchOptions extends Omit<ControllerOptions, 'cluster' | 'pod'> {
  readonly log: Log;
  /** The pod that this node is; undefined where it is not said. */
  readonly pod: ControllerOptions['pod'] | undefined;
  /** The API of the cluster that this process runs in, or in a few words why there is none. */
  readonly connect: () => Promise<Cluster | string>;
}

/** The controller where there is a cluster and it is wanted; nothing, and the reason for it, where not. */
export class ControllerSwitch {
  readonly #options: ControllerSwitchOptions;
  #controller: Controller | undefined;
  #detail = 'not started';
  #starting: Promise<void> | undefined;
  #stopped = false;

  constructor(options: ControllerSwitchOptions) {
    this.#options = options;
  }

  /** Begins to look for a cluster. Waits for nothing. */
  start(): void {
    this.#starting ??= this.#start();
  }

  /** Whether it is certain that another process follows this one at its address. To be asked before `stop`; takes half a second at the most. */
  async restartsInPlace(): Promise<boolean> {
    return (await this.#controller?.restartsInPlace()) ?? false;
  }

  /** Takes 4 s at the most. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#starting;
    await this.#controller?.stop();
  }

  view(): ControllerView {
    if (this.#controller !== undefined) return this.#controller.view();
    return { state: 'off', detail: this.#detail, forMs: 0, watches: [], leader: false, holder: '' };
  }

  async #start(): Promise<void> {
    const { connect, pod, log, ...options } = this.#options;
    const cluster = await connect();
    if (typeof cluster === 'string') {
      this.#detail = cluster;
      return;
    }
    if (pod === undefined) {
      this.#detail = 'pod_name and pod_uid are not set: POD_NAME and POD_UID come from the downward API';
      log.warn('the Kubernetes controller stays off', { reason: this.#detail });
      await cluster.close();
      return;
    }
    this.#controller = new Controller({ ...options, log, pod, cluster });
    if (!this.#stopped) this.#controller.start();
  }
}
