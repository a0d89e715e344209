import { type Command, Option } from 'commander';
import type { CommandRun } from '../command-run.ts';
import { durationOption } from '../duration-option.ts';
import { addApiCommand } from '../node-api/add-api-command.ts';
import { numberOption } from '../number-option.ts';
import type { TraceCommand } from './trace-command.ts';

/** `kdmq trace`: the SIP messages of a running node. */
export function addTrace(program: Command, run: CommandRun): void {
  const { command, finish } = addApiCommand(program, {
    name: 'trace',
    summary: 'follow the SIP messages of a running node until SIGINT or SIGTERM',
    more: 'What it receives and sends from now on, one line a message, TLS decrypted; or with --write as a capture for wireshark (pcapng). It takes a token of the role write: bodies are contents.',
    examples: [
      'kdmq trace --node sip:10.0.0.2:5060 -v',
      'kdmq trace --write bus.pcapng --duration 30s',
      'kdmq trace --write - --url http://10.0.0.7:8080 | tshark -r - -Y sip',
    ],
  });
  command
    .option('-w, --write <file>', 'write a capture into that file; - for standard output')
    .option('--node <uri>', 'only what is exchanged with the node of that SIP URI')
    .addOption(
      new Option('-n, --count <number>', 'end after so many messages').argParser(
        numberOption({ min: 1, max: 1_000_000_000, whole: true }),
      ),
    )
    .addOption(durationOption('--duration', 'end after that time', { min: 0.1, max: 604_800 }))
    .option('-v, --verbose', 'the message itself below its line, controls escaped')
    .addOption(
      new Option('-o, --output <format>', 'json is one object a line').choices(['text', 'json']).default('text'),
    );
  finish(run, async () => {
    const { traceMessages } = await import('./trace-messages.ts');
    const option = <T>(name: string) => command.getOptionValue(name) as T | undefined;
    const wish: TraceCommand = {
      write: option<string>('write'),
      node: option<string>('node'),
      count: option<number>('count'),
      forS: option<number>('duration'),
      isVerbose: option<boolean>('verbose') === true,
      output: option<TraceCommand['output']>('output') ?? 'text',
    };
    return (api, signal) => traceMessages(api, wish, signal);
  });
}
