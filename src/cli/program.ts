import { Command, Option } from 'commander';
import type { StartInput } from '../edges/config/setting-sources.ts';
import { packageVersion } from '../edges/system/package-version.ts';
import type { CommandRun } from './command-run.ts';
import { addCompletion } from './completion/add-completion.ts';
import { addDoctor } from './doctor/add-doctor.ts';
import { EXIT_CODE_HELP, START_EXIT_CODE_HELP } from './exit-codes.ts';
import { addImport } from './import/add-import.ts';
import { addListen } from './listen/add-listen.ts';
import { addLog } from './log/add-log.ts';
import { addMessages } from './messages/add-messages.ts';
import { addNodes } from './nodes/add-nodes.ts';
import { addPing } from './ping/add-ping.ts';
import { toStandardError } from './print.ts';
import { addQueueCommands } from './queue/queue-commands.ts';
import { VARIABLES_HELP } from './setting-flags.ts';
import { addCommand, inputOf, withSources } from './source-options.ts';
import { standardOutput } from './standard-output.ts';
import { addTop } from './top/add-top.ts';
import { addTrace } from './trace/add-trace.ts';
import { addWatch } from './watch/add-watch.ts';

/** What the commands do; loaded only when a command is really run. Each gives the exit code. */
export interface CommandActions {
  start(input: StartInput): Promise<number>;
  printConfig(input: StartInput, output: 'yaml' | 'json'): Promise<number>;
  printSchema(): Promise<number>;
  /** Every other command. */
  run(work: (signal: AbortSignal) => Promise<number>): Promise<number>;
}

/** The `kdmq` command line. `done` gets the exit code of the command that was run. */
export function makeProgram(
  actions: CommandActions,
  environment: StartInput['environment'],
  done: (exitCode: number) => void,
): Command {
  const program = new Command('kdmq')
    .description("A node of the bus of Kamailio's dmq module, for Kubernetes.")
    .version(packageVersion, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', EXIT_CODE_HELP)
    .exitOverride()
    .configureOutput({ writeOut: (text) => void standardOutput().write(text), writeErr: toStandardError })
    .enablePositionalOptions();

  const start = addCommand(program, 'start')
    .summary('run a node until SIGTERM or SIGINT')
    .description(
      'Run a node until SIGTERM or SIGINT. The first signal says goodbye to the bus and stops within shutdown_grace, a second one ends at once.',
    )
    .addHelpText('after', `${VARIABLES_HELP}\n${START_EXAMPLES}\n${START_EXIT_CODE_HELP}`);
  withSources(start).action(async () => done(await actions.start(inputOf(start, environment))));

  const config = addCommand(program, 'config')
    .summary('print the configuration that a start would use')
    .description(
      'Print the configuration that `kdmq start` with the same flags would use, and where each value comes from. Nothing is started.',
    )
    .addHelpText('after', VARIABLES_HELP)
    .addOption(new Option('-o, --output <format>', 'how it is printed').choices(['yaml', 'json']).default('yaml'));
  withSources(config).action(async () => {
    done(await actions.printConfig(inputOf(config, environment), config.getOptionValue('output') as 'yaml' | 'json'));
  });

  addCommand(config, 'schema')
    .description('Print a JSON Schema (draft 2020-12) of the configuration file, for editors.')
    .action(async () => done(await actions.printSchema()));

  const others: CommandRun = { environment, run: async (work) => done(await actions.run(work)) };
  addNodes(program, others);
  addMessages(program, others);
  addWatch(program, others);
  addTop(program, others);
  addTrace(program, others);
  addLog(program, others);
  addPing(program, others);
  addListen(program, others);
  addQueueCommands(program, others);
  addDoctor(program, others);
  addImport(program, others);
  addCompletion(program, others);
  return program;
}

const START_EXAMPLES = `
Examples:
  kdmq start --server-address sip:10.1.2.3:5060 --notification-address sip:kdmq.default.svc.cluster.local --multi-notify
  kdmq start --config kdmq.yaml --log-level debug
  KDMQ_LISTEN="udp:0.0.0.0:5060 tcp:0.0.0.0:5060" kdmq start     (in a pod that has POD_IP)`;
