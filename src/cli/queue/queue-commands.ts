import { type Command, Option } from 'commander';
import type { SettingName } from '../../core/settings/setting-declaration.ts';
import type { CommandRun } from '../command-run.ts';
import { QUEUE_EXIT_CODE_HELP } from '../exit-codes.ts';
import { addServedQueue } from '../served-queue/add-served-queue.ts';
import { flagEntries, VARIABLES_HELP } from '../setting-flags.ts';
import { addCommand, inputOf, withSources } from '../source-options.ts';
import { nodeAsked, withNode } from './node-asked.ts';
import type { ItemFormat, QueueCommand } from './queue-command.ts';

/** The settings that say where queues are and what belongs to whom. */
const USED_SETTINGS: readonly SettingName[] = [
  'mqueue',
  'db_url',
  'db_username',
  'db_password',
  'db_password_file',
  'db_tls_ca_list',
  'db_tls_certificate',
  'db_tls_private_key',
  'db_tls_server_name',
  'db_connect_timeout',
  'db_command_timeout',
  'data_dir',
  'cluster_name',
  'partition',
  'mqueue_orphan_after',
];

type Action = QueueCommand['action'];

/** `kdmq queue`: what is done to stored queues from outside, beside nodes that run, and to queues through the node that serves them. */
export function addQueueCommands(program: Command, commandRun: CommandRun): void {
  const { environment, run } = commandRun;
  const queue = addCommand(program, 'queue')
    .summary('use the queues of a running node; look at stored ones, export, import and adopt them')
    .description(
      'show, add, fetch, peek, ack, nack and clear speak with the running node that --url names. ls, export, import and adopt work on the store that the configuration of the nodes names (db_url or data_dir): no node has to run, and one that runs goes on. With --url, or --context, --namespace and the like, ls, export and import speak with a running node too: so they reach queues in its memory and on its disk.',
    )
    .addHelpText('after', QUEUE_EXIT_CODE_HELP);
  const add = (name: string, summary: string, more: string, example: string): Command =>
    addCommand(queue, name)
      .summary(summary)
      .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}. ${more}`)
      .addHelpText('after', `${VARIABLES_HELP}\n\nExamples:\n${example}\n${QUEUE_EXIT_CODE_HELP}`);
  const finish = (command: Command, actionOf: () => Action): void => {
    withNode(command);
    withSources(command, USED_SETTINGS).action(() => {
      const action = actionOf();
      return run(async (signal) => {
        const asked = nodeAsked(command, action, environment);
        if (asked !== undefined) {
          return (await import('../served-queue/run-on-node.ts')).runOnNode(asked.node, asked.action, signal);
        }
        const input = inputOf(command, environment);
        return (await import('./run-queue-command.ts')).runQueueCommand({ input, action }, signal);
      });
    });
  };
  addList(add, finish);
  addExport(add, finish);
  addImport(add, finish);
  addAdopt(add, finish);
  addServedQueue(queue, commandRun);
}

type Add = (name: string, summary: string, more: string, example: string) => Command;
type Finish = (command: Command, actionOf: () => Action) => void;

function addList(add: Add, finish: Finish): void {
  const ls = add(
    'ls',
    'list the partitions of the cluster',
    'Items are those of the last save; the journal, of queues with durability always, is what happened since. With --url it lists the queues of that node, as show does.',
    '  kdmq queue ls --db-url redis://10.0.0.9\n  kdmq queue ls --url http://10.0.0.7:8080\n  kdmq queue ls -o json | jq ".[] | select(.state == \\"orphan\\")"',
  ).addOption(new Option('-o, --output <format>', 'how it is printed').choices(['table', 'json']).default('table'));
  finish(ls, () => ({ kind: 'ls', output: option(ls, 'output') as 'table' | 'json' }));
}

function addExport(add: Add, finish: Finish): void {
  const command = add(
    'export',
    'write the items of a queue as lines of JSON, or into a table of Kamailio',
    'All partitions, or the one that --partition names. Nothing is removed, and a node that serves the queue is not disturbed. With --url what that node serves, also of queues in memory.',
    [
      '  kdmq queue export calls > calls.jsonl',
      '  kdmq queue export calls --partition 2 --to calls-2.jsonl',
      '  kdmq queue export calls --context prod --namespace voice --pod kdmq-0 --to calls.jsonl',
      '  kdmq queue export calls --format kamailio --to redis://10.0.0.7/3',
    ].join('\n'),
  ).argument('<queue>', 'its name');
  withTable(command);
  command
    .option('--to <place>', 'a file; with the format kamailio the URL of its Redis (default: standard output)')
    .option('--append', 'into a table of Kamailio that has rows already')
    .option('--skip-bad', 'leave out items that the table can not hold (default: nothing is written then)');
  finish(command, () => ({
    kind: 'export',
    queue: argument(command, 0),
    all: !flagEntries(command).some(({ setting }) => setting === 'partition'),
    to: option(command, 'to'),
    append: flag(command, 'append'),
    skipBad: flag(command, 'skipBad'),
    ...tableOf(command),
  }));
}

function addImport(add: Add, finish: Finish): void {
  const command = add(
    'import',
    'put items into a queue, from lines of JSON or from a table of Kamailio',
    'They become a partition of their own, which the node of --partition takes on: within some seconds when it runs, else at its start. All of them are put there, or none. With --url they are added to the queue of that node one after another, as by add, and it says how many are there when something goes wrong.',
    [
      '  kdmq queue import calls calls.jsonl --partition 0',
      '  kdmq queue import calls calls.jsonl --url http://10.0.0.7:8080',
      `  echo '{"key":"k","value":"v"}' | kdmq queue import calls - --partition 0`,
      '  kdmq queue import calls redis://10.0.0.7/3 --format kamailio',
    ].join('\n'),
  )
    .argument('<queue>', 'its name')
    .argument('<source>', 'a file, - for standard input; with the format kamailio the URL of its Redis');
  withTable(command);
  command.option('--skip-bad', 'leave out what is no item (default: nothing is imported then)');
  finish(command, () => ({
    kind: 'import',
    queue: argument(command, 0),
    from: argument(command, 1),
    skipBad: flag(command, 'skipBad'),
    ...tableOf(command),
  }));
}

function addAdopt(add: Add, finish: Finish): void {
  const adopt = add(
    'adopt',
    'let a node serve the partition of another one that is gone',
    'The node takes it on within some seconds when it runs, else at its start, beside its own. It is told so in the store: no node does it over HTTP.',
    '  kdmq queue adopt calls --from 2 --to 0',
  )
    .argument('<queue>', 'its name')
    .requiredOption('--from <partition>', 'the partition that nobody serves')
    .option('--to <partition>', 'the partition whose node shall serve it (default: the configured partition)')
    .option('--force', 'although its owner is alive: it is taken on when that one stops');
  finish(adopt, () => ({
    kind: 'adopt',
    queue: argument(adopt, 0),
    from: option(adopt, 'from') ?? '',
    to: option(adopt, 'to'),
    force: flag(adopt, 'force'),
  }));
}

function withTable(command: Command): void {
  command
    .addOption(
      new Option('--format <format>', 'lines of JSON, or rows as Kamailio has them')
        .choices(['jsonl', 'kamailio'])
        .default('jsonl'),
    )
    .option('--table <name>', 'the table of Kamailio (default: the name of the queue)')
    .option('--password-file <file>', "a file that holds the password of Kamailio's Redis");
}

function tableOf(command: Command) {
  const format = option(command, 'format') as ItemFormat;
  return { format, table: option(command, 'table'), passwordFile: option(command, 'passwordFile') };
}

function option(command: Command, name: string): string | undefined {
  return command.getOptionValue(name) as string | undefined;
}

function flag(command: Command, name: string): boolean {
  return command.getOptionValue(name) === true;
}

function argument(command: Command, index: number): string {
  return command.processedArgs[index] as string;
}
