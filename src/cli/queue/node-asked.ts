import type { Command } from 'commander';
import { flagName } from '../../core/settings/setting-declaration.ts';
import type { StartInput } from '../../edges/config/setting-sources.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { type ApiOptions, apiOptionsOf, withApi } from '../node-api/api-options.ts';
import { flagEntries } from '../setting-flags.ts';
import { listed } from '../words.ts';
import type { QueueCommand } from './queue-command.ts';

type Action = QueueCommand['action'];

/** Something that a running node can do, and which one. */
export interface NodeAsked {
  readonly node: ApiOptions;
  readonly action: Exclude<Action, { readonly kind: 'adopt' }>;
}

/** These name a node; KDMQ_URL does not, or who has set it for other commands would not see the store any more. */
const DOORS = ['url', 'context', 'namespace', 'release', 'pod', 'kubeconfig'];
/** These say how it is spoken with. */
const MANNERS = ['token', 'tokenFile', 'caList', 'certificate', 'privateKey'];
/** These say, beside the settings, which store is meant. */
const STORES = ['config', 'configDir'];
/** These belong to a table of Kamailio, which no node reads or writes. */
const TABLES = ['table', 'passwordFile', 'append'];

/** Gives a command of the store the flags that name a running node in its place. `adopt` knows them only to say where to go. */
export function withNode(command: Command): Command {
  withApi(command, 'default: no node, the store of queues');
  if (command.name() === 'adopt') {
    for (const option of command.options) {
      if ([...DOORS, ...MANNERS].includes(option.attributeName())) option.hideHelp();
    }
  }
  return command;
}

/**
 * The running node through which a `kdmq queue` command shall do its work; undefined where it shall work on the store. Throws a
 * CommandFailure where the flags name both, or ask of a node what none does.
 */
export function nodeAsked(
  command: Command,
  action: Action,
  environment: StartInput['environment'],
): NodeAsked | undefined {
  const [door] = given(command, DOORS);
  const [manner] = given(command, MANNERS);
  if (door === undefined) {
    if (manner === undefined) return undefined;
    throw wrong(
      `${manner} says how a running node is spoken with: name the node too, by --url, or by --context, --namespace and the like. Without a node ${command.name()} works on the store`,
    );
  }
  if (action.kind === 'adopt')
    throw wrong(`no node adopts over HTTP, so ${door} does not go here. ${adoptWhere(command, action)}`);
  const [table] =
    action.kind === 'ls'
      ? []
      : [...(action.format === 'kamailio' ? ['--format kamailio'] : []), ...given(command, TABLES)];
  if (table !== undefined) {
    throw wrong(
      `${table} is for a table of Kamailio, which the node of ${door} neither reads nor writes: leave out ${door}, and give the store of the nodes (--config, --db-url or --data-dir)`,
    );
  }
  const stores = [...flagEntries(command).map(({ setting }) => flagName(setting)), ...given(command, STORES)];
  if (stores.length > 0) {
    const why = stores.includes('--partition')
      ? '. A node has its own partitions: name the one that serves the partition'
      : '';
    throw wrong(`${door} names a running node, ${listed(stores)} the store of queues: give one of them${why}`);
  }
  return { node: apiOptionsOf(command, environment), action };
}

/** The flags of these that were given, as they are written. */
function given(command: Command, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const option = command.options.find((one) => one.attributeName() === name);
    return option?.long && command.getOptionValueSource(name) === 'cli' ? [option.long] : [];
  });
}

function adoptWhere(command: Command, { queue, from, to }: Extract<Action, { readonly kind: 'adopt' }>): string {
  const namespace = command.getOptionValue('namespace') as string | undefined;
  const pod = (command.getOptionValue('pod') as string | undefined) ?? 'POD';
  const line = `kdmq queue adopt ${queue} --from ${from}${to === undefined ? '' : ` --to ${to}`}`;
  return `Give the store (--config, --db-url or --data-dir), or run it where the node has its configuration: kubectl${namespace === undefined ? '' : ` --namespace ${namespace}`} exec ${pod} -- ${line}`;
}

function wrong(message: string): CommandFailure {
  return new CommandFailure(EXIT_CODES.usage, message);
}
