import process from 'node:process';
import type { ControlledBus } from './bus/controller.ts';
import { ControllerSwitch } from './bus/controller-switch.ts';
import { formatPodInstance } from './core/kubernetes/pod-instance.ts';
import type { Settings } from './core/settings.ts';
import { kubernetesCluster } from './edges/kubernetes/kubernetes-cluster.ts';
import type { Clock } from './ports/clock.ts';
import type { Random } from './ports/random.ts';
import type { Counters, Log } from './ports/telemetry.ts';

/** Names this life for certain where the node knows its pod: by the pod's UID and the time at which the process began. */
export function podInstance({ pod_uid: uid }: Settings, clock: Clock): string | undefined {
  return uid === undefined ? undefined : formatPodInstance({ uid, startedAt: clock.wallTime() });
}

export interface ControllerParts {
  readonly bus: ControlledBus;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly counters: Counters;
}

/** The controller that the settings ask for. Whether there is a cluster is looked up at its start. */
export function controllerFor(
  settings: Settings,
  { bus, clock, random, log, counters }: ControllerParts,
): ControllerSwitch {
  const { pod_name: name, pod_uid: uid, kubernetes_namespace: namespace, lease_name: leaseName } = settings;
  const { pod_selector: podSelector, headless_service: headlessService } = settings;
  return new ControllerSwitch({
    bus,
    clock,
    random,
    log,
    counters,
    busName: leaseName,
    observedLimit: settings.observed_nodes_limit,
    pod: name === undefined || uid === undefined ? undefined : { name, uid },
    connect: async () =>
      settings.kubernetes === 'off'
        ? 'switched off by the setting kubernetes'
        : kubernetesCluster({
            namespace,
            podName: name ?? '',
            podSelector,
            headlessService,
            leaseName,
            clock,
            random,
            environment: process.env,
          }),
  });
}
