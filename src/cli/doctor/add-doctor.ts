import { type Command, Option } from 'commander';
import { withColor } from '../color-option.ts';
import type { CommandRun } from '../command-run.ts';
import { NODE_EXIT_CODE_HELP } from '../exit-codes.ts';
import { clusterOptionsOf, withCluster } from '../node-api/cluster-options.ts';
import { VARIABLES_HELP } from '../setting-flags.ts';
import { addCommand, inputOf, withSources } from '../source-options.ts';

/** `kdmq doctor`: what keeps a node of this configuration from working. */
export function addDoctor(program: Command, { environment, run }: CommandRun): void {
  const doctor = addCommand(program, 'doctor')
    .summary('look what keeps a node of this configuration from working')
    .description(
      'Look, from where it is run, at what a node of this configuration needs: the names of notification_address, its sockets, the port and the files of HTTP, whether a node that runs here is ready, the nodes that stand there, whether they are one bus, Kamailio nodes near their limits, the store of queues, the clock, and in Kubernetes the rights of the pod. Nothing is changed. Each finding says what to do; with an error among them it ends with 69.',
    )
    .addOption(new Option('-o, --output <format>', 'how it is printed').choices(['text', 'json']).default('text'))
    .addHelpText('after', `${VARIABLES_HELP}\n${EXAMPLES}\n${NODE_EXIT_CODE_HELP}`);
  // As all commands have it that ask a node that runs. What keeps a node from working is seen where it is to run only.
  doctor.addOption(new Option('--url <url>', 'not for doctor: it looks from where it is run').hideHelp());
  doctor.on('option:url', () =>
    doctor.error(
      "error: --url is not for doctor, which looks from where it is run: give it the node's configuration there, as --config. What a node says of itself over HTTP shows kdmq nodes --url URL, its queues kdmq queue show --url URL",
    ),
  );
  withColor(doctor);
  doctor.optionsGroup('A release in Kubernetes whose pods and rights are looked at (in its pod the rights anyway):');
  withCluster(doctor);
  withSources(doctor).action(() => {
    const output = doctor.getOptionValue('output') as 'text' | 'json';
    const input = inputOf(doctor, environment);
    const cluster = clusterOptionsOf(doctor, environment);
    return run(async (signal) => (await import('./run-doctor.ts')).runDoctor({ input, cluster, output }, signal));
  });
}

const EXAMPLES = `
Examples:
  kdmq doctor --config kdmq.yaml
  kubectl exec kdmq-0 -- kdmq doctor
  kdmq doctor --context prod --namespace voice`;
