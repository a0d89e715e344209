import { type Command, Option } from 'commander';
import type { CommandRun } from '../command-run.ts';
import { durationOption } from '../duration-option.ts';
import { addApiCommand } from '../node-api/add-api-command.ts';
import type { Message } from './send-message.ts';

/** `kdmq send` and `kdmq broadcast`. */
export function addMessages(program: Command, run: CommandRun): void {
  const send = addApiCommand(program, {
    name: 'send',
    summary: 'have a running node send a message to one node',
    more: 'Prints what that node answers, and after how long.',
    examples: [
      'kdmq send greetings sip:10.0.0.2:5060 hello',
      'kdmq send events sip:10.0.0.2 --file event.json --type application/json',
    ],
  });
  send.command.argument('<channel>', 'the channel').argument('<node>', 'the SIP URI of the node, in the list or not');
  withContent(send.command);
  send.finish(run, async () => {
    const { sendMessage } = await import('./send-message.ts');
    const [channel, target, body] = send.command.processedArgs as [string, string, string | undefined];
    return (api, signal) => sendMessage(api, { ...messageOf(send.command, channel, body), target }, signal);
  });

  const broadcast = addApiCommand(program, {
    name: 'broadcast',
    summary: 'have a running node send a message to all active nodes',
    more: 'Prints what each of them answers, and after how long.',
    examples: ['kdmq broadcast greetings "hello all"', 'date | kdmq broadcast clock -o json'],
  });
  broadcast.command.argument('<channel>', 'the channel');
  withContent(broadcast.command);
  broadcast.finish(run, async () => {
    const { sendMessage } = await import('./send-message.ts');
    const [channel, body] = broadcast.command.processedArgs as [string, string | undefined];
    return (api, signal) =>
      sendMessage(api, { ...messageOf(broadcast.command, channel, body), target: undefined }, signal);
  });
}

function withContent(command: Command): void {
  command
    .argument('[body]', "what is sent, '' for nothing; standard input when neither it nor --file is given")
    .option('-f, --file <file>', 'send the content of a file; - for standard input, which may be empty then')
    .addOption(new Option('--type <type>', 'its Content-Type').default('text/plain'))
    .addOption(
      durationOption('-t, --timeout', 'how long a node may take to answer', { min: 0.001, max: 60 }).default(5, '5s'),
    )
    .addOption(new Option('-o, --output <format>', 'how it is printed').choices(['table', 'json']).default('table'));
}

function messageOf(command: Command, channel: string, body: string | undefined): Omit<Message, 'target'> {
  return {
    channel,
    body,
    file: command.getOptionValue('file') as string | undefined,
    contentType: command.getOptionValue('type') as string,
    deadlineMs: Math.round((command.getOptionValue('timeout') as number) * 1_000),
    output: command.getOptionValue('output') as Message['output'],
  };
}
