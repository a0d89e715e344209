import type { Command } from 'commander';
import { labelName, subdomainName } from '../../core/kubernetes/object-name.ts';
import type { StartInput } from '../../edges/config/setting-sources.ts';
import { nameOption } from './name-option.ts';

/** Which node of a Kubernetes cluster a command speaks with. */
export interface ClusterOptions {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string | undefined;
  /** The name of a release of the chart. */
  readonly release: string | undefined;
  readonly pod: string | undefined;
  readonly environment: StartInput['environment'];
}

const FLAGS = ['kubeconfig', 'context', 'namespace', 'release', 'pod'] as const;

/** Gives a command the flags that name a cluster, and a release in it. */
export function withCluster(command: Command): Command {
  return command
    .option('--context <context>', 'the context of the kubeconfig (default: the current one)')
    .addOption(
      nameOption('--namespace <namespace>', 'the namespace of the release (default: that of the context)', labelName),
    )
    .addOption(
      nameOption('--release <release>', 'the name of the release, where the namespace has several', subdomainName(53)),
    )
    .addOption(
      nameOption('--pod <pod>', 'one of its pods, ready or not (default: the first that is ready)', subdomainName(253)),
    )
    .option(
      '--kubeconfig <file>',
      'the kubeconfig (KUBECONFIG; default: ~/.kube/config, in a pod its service account)',
    );
}

/** What the flags say; undefined where none of them is given. */
export function clusterOptionsOf(command: Command, environment: StartInput['environment']): ClusterOptions | undefined {
  const [kubeconfig, context, namespace, release, pod] = FLAGS.map(
    (name) => command.getOptionValue(name) as string | undefined,
  );
  const isGiven = FLAGS.some((name) => command.getOptionValue(name) !== undefined);
  return isGiven ? { kubeconfig, context, namespace, release, pod, environment } : undefined;
}
