import { type Command, Option } from 'commander';
import type { CommandRun } from '../command-run.ts';
import { durationOption } from '../duration-option.ts';
import { addApiCommand } from '../node-api/add-api-command.ts';
import { numberOption } from '../number-option.ts';

const DELAY = { min: 0, max: 31_536_000 };
const items = numberOption({ min: 1, max: 1_000, whole: true });

type Output = 'table' | 'json';

/** The commands of `kdmq queue` that speak with the node that serves the queue; the others work on its store. */
export function addServedQueue(queue: Command, run: CommandRun): void {
  const add = (name: string, summary: string, more: string, ...examples: readonly string[]) =>
    addApiCommand(queue, { name, summary, more, examples });
  const load = () => import('./use-queue.ts');

  const show = add('show', 'show the queues of a running node', '', 'kdmq queue show', 'kdmq queue show calls -o json');
  show.command.argument('[queue]', 'one of them');
  show.command.addOption(
    new Option('-o, --output <format>', 'how it is printed').choices(['table', 'json', 'yaml']).default('table'),
  );
  show.finish(run, async () => {
    const { showQueues } = await load();
    const [name] = show.command.processedArgs as [string | undefined];
    return (api) => showQueues(api, name, show.command.getOptionValue('output') as Output | 'yaml');
  });

  const put = add(
    'add',
    'add an item to a queue of a running node',
    'It ends when the item is as safe as the durability of the queue says.',
    'kdmq queue add calls alice sip:alice@example.org',
    'kdmq queue add calls alice --file call.bin --delay 10',
  );
  put.command
    .argument('<queue>', 'its name')
    .argument('<key>', 'the key')
    .argument('[value]', "the value, '' for an empty one; standard input when neither it nor --file is given")
    .option('-f, --file <file>', 'the content of a file as the value; - for standard input, which may be empty then')
    .addOption(durationOption('--delay', 'how long until it can be fetched (default: that of the queue)', DELAY));
  put.finish(run, async () => {
    const { addItem } = await load();
    const [name, key, value] = put.command.processedArgs as [string, string, string | undefined];
    const file = put.command.getOptionValue('file') as string | undefined;
    const delayMs = millisecondsOf(put.command, 'delay');
    return (api, signal) => addItem(api, name, { key, value, file, delayMs }, signal);
  });

  const fetch = add(
    'fetch',
    'take the oldest items of a queue of a running node',
    'From a queue with lease_ms they come again unless they are acknowledged with their receipt; from another one they have left it. Without an item it ends with 66.',
    'kdmq queue fetch calls',
    'kdmq queue fetch calls -n 10 --wait 30 -o json',
  );
  fetch.command
    .argument('<queue>', 'its name')
    .addOption(new Option('-n, --max <number>', 'items at most').argParser(items).default(1))
    .addOption(durationOption('--wait', 'how long to wait for the first one', { min: 0, max: 60 }).default(0, '0s'))
    .addOption(
      new Option('-o, --output <format>', 'json is an item a line').choices(['table', 'json']).default('table'),
    );
  fetch.finish(run, async () => {
    const { fetchItems } = await load();
    const [name] = fetch.command.processedArgs as [string];
    const max = fetch.command.getOptionValue('max') as number;
    const waitMs = millisecondsOf(fetch.command, 'wait') ?? 0;
    return (api) => fetchItems(api, name, { max, waitMs, output: fetch.command.getOptionValue('output') as Output });
  });

  const peek = add(
    'peek',
    'look at the items of a queue of a running node',
    'Nothing leaves the queue.',
    'kdmq queue peek calls -n 20',
  );
  peek.command
    .argument('<queue>', 'its name')
    .addOption(new Option('-n, --max <number>', 'items at most, the oldest first').argParser(items).default(20))
    .addOption(
      new Option('-o, --output <format>', 'json is an item a line').choices(['table', 'json']).default('table'),
    );
  peek.finish(run, async () => {
    const { peekItems } = await load();
    const [name] = peek.command.processedArgs as [string];
    const max = peek.command.getOptionValue('max') as number;
    return (api) => peekItems(api, name, { max, output: peek.command.getOptionValue('output') as Output });
  });

  const ack = add('ack', 'acknowledge fetched items: they are done with', '', 'kdmq queue ack calls k3x9…');
  const nack = add('nack', 'give fetched items back to their place', '', 'kdmq queue nack calls k3x9… --delay 30');
  nack.command.addOption(durationOption('--delay', 'how long until they can be fetched again', DELAY));
  for (const [word, { command, finish }] of [['ack', ack] as const, ['nack', nack] as const]) {
    command
      .argument('<queue>', 'its name')
      .argument('<receipt...>', 'as kdmq queue fetch gave them: 24 small letters and digits');
    finish(run, async () => {
      const { settleItems } = await load();
      const [name, receipts] = command.processedArgs as [string, string[]];
      return (api) => settleItems(api, name, word, receipts, millisecondsOf(command, 'delay'));
    });
  }

  const clear = add(
    'clear',
    'remove all items of a queue of a running node',
    'Delayed and lent ones too.',
    'kdmq queue clear calls --yes',
  );
  clear.command.argument('<queue>', 'its name').option('--yes', 'needed: they can not be brought back');
  clear.finish(run, async () => {
    const { clearQueue } = await load();
    const [name] = clear.command.processedArgs as [string];
    return (api) => clearQueue(api, name, clear.command.getOptionValue('yes') === true);
  });
}

function millisecondsOf(command: Command, name: string): number | undefined {
  const value = command.getOptionValue(name) as number | undefined;
  return value === undefined ? undefined : Math.round(value * 1_000);
}
