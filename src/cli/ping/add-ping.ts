import { type Command, Option } from 'commander';
import type { SettingName } from '../../core/settings/setting-declaration.ts';
import type { CommandRun } from '../command-run.ts';
import { durationOption } from '../duration-option.ts';
import { NODE_EXIT_CODE_HELP } from '../exit-codes.ts';
import { numberOption } from '../number-option.ts';
import { addCommand, inputOf, withSources } from '../source-options.ts';
import type { PingCommand } from './ping-command.ts';

const USED_SETTINGS: readonly SettingName[] = [
  'notification_channel',
  'resolv_conf',
  'tls_certificate',
  'tls_private_key',
  'tls_ca_list',
  'tls_server_name',
];

/** `kdmq ping`: asks nodes of the bus for their list. */
export function addPing(program: Command, { environment, run }: CommandRun): void {
  const ping = addCommand(program, 'ping')
    .summary('ask a node, ours or a Kamailio, whether it is there and whom it knows')
    .description(
      'Ask a node, ours or a Kamailio, whether it is there, what runs there and whom it knows. It speaks KDMQ: a notification that names nobody, which leaves no trace in the list of whoever answers. A name is looked up as notification_address is with multi_notify, and every address is asked. With TLS it shows the certificate that tls_certificate names, as a node does.',
    )
    .argument('<uri>', 'its SIP URI, such as sip:10.0.0.1:5060 or sip:10.0.0.1;transport=tcp')
    .addOption(
      new Option('-n, --count <number>', 'how often each address is asked')
        .argParser(numberOption({ min: 1, max: 1_000_000, whole: true }))
        .default(1),
    )
    .addOption(
      durationOption('-i, --interval', 'from one question to the next', { min: 0.01, max: 3_600 }).default(1, '1s'),
    )
    .addOption(
      durationOption('-t, --timeout', 'how long an answer is waited for', { min: 0.01, max: 60 }).default(2, '2s'),
    )
    .addOption(new Option('-o, --output <format>', 'how it is printed').choices(['text', 'json']).default('text'))
    .addHelpText('after', `${EXAMPLES}\n${NODE_EXIT_CODE_HELP}`);
  withSources(ping, USED_SETTINGS).action(() => {
    const command: PingCommand = {
      input: inputOf(ping, environment),
      target: ping.processedArgs[0] as string,
      count: ping.getOptionValue('count') as number,
      intervalMs: Math.round((ping.getOptionValue('interval') as number) * 1_000),
      timeoutMs: Math.round((ping.getOptionValue('timeout') as number) * 1_000),
      output: ping.getOptionValue('output') as PingCommand['output'],
    };
    return run(async (signal) => (await import('./ping-nodes.ts')).pingNodes(command, signal));
  });
}

const EXAMPLES = `
Examples:
  kdmq ping sip:10.0.0.1:5060
  kdmq ping -n 10 -i 0.5 "sip:10.0.0.1;transport=tcp"
  kdmq ping "sip:10.0.0.1:5061;transport=tls" --config /etc/kdmq/config.yaml
  kdmq ping -o json sip:kdmq.default.svc.cluster.local`;
