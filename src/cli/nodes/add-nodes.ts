import { Argument, type Command, Option } from 'commander';
import { withColor } from '../color-option.ts';
import type { CommandRun } from '../command-run.ts';
import { durationOption } from '../duration-option.ts';
import { addApiCommand } from '../node-api/add-api-command.ts';
import type { NodesOutput } from './list-nodes.ts';

/** `kdmq nodes`: the node list of a running node, and what people change in it. */
export function addNodes(program: Command, run: CommandRun): void {
  const { command: nodes, finish } = addApiCommand(program, {
    name: 'nodes',
    summary: 'show the bus as a running node sees it',
    more: 'Its own line comes first.',
    examples: ['kdmq nodes', 'kdmq nodes --watch -o wide --url http://10.0.0.7:8080', 'kdmq nodes -o json | jq .nodes'],
  });
  nodes
    .addOption(
      new Option('-o, --output <format>', 'how it is printed')
        .choices(['table', 'wide', 'json', 'yaml'])
        .default('table'),
    )
    .option(
      '-w, --watch',
      'go on: on a terminal written anew each time, else again when a node or a status has changed',
    )
    .addOption(durationOption('-i, --interval', 'how often --watch looks', { min: 0.1, max: 3_600 }).default(1, '1s'));
  withColor(nodes);
  finish(run, async () => {
    const { listNodes } = await import('./list-nodes.ts');
    const output = nodes.getOptionValue('output') as NodesOutput;
    const watchMs =
      nodes.getOptionValue('watch') === true ? Number(nodes.getOptionValue('interval')) * 1_000 : undefined;
    return (api, signal) => listNodes(api, { output, watchMs }, signal);
  });

  const change = (name: string, summary: string, more: string, example: string) =>
    addApiCommand(nodes, { name, summary, more, examples: [example] });
  const add = change(
    'add',
    'have a node looked for, as dmq.add does',
    'It is looked for until it is removed or the process ends, and stands in the list once it has answered.',
    'kdmq nodes add sip:10.0.0.9:5060',
  );
  add.command.argument('<uri>', 'its SIP URI, with an IP address');
  add.finish(run, async () => {
    const { addNode } = await import('./change-node.ts');
    return (api) => addNode(api, add.command.processedArgs[0] as string);
  });
  const remove = change(
    'remove',
    'take a node off the list, as dmq.remove does',
    'Here and at our other nodes. A node that lives comes back as soon as it is heard of.',
    'kdmq nodes remove sip:10.0.0.9:5060',
  );
  remove.command.argument('<uri>', 'its SIP URI');
  remove.finish(run, async () => {
    const { removeNode } = await import('./change-node.ts');
    return (api) => removeNode(api, remove.command.processedArgs[0] as string);
  });
  const status = change(
    'status',
    'hold a node to a status, as dmq.change_status does',
    'With not_active and disabled it gets no broadcasts of this node until it is active again.',
    'kdmq nodes status sip:10.0.0.9:5060 disabled',
  );
  status.command
    .argument('<uri>', 'its SIP URI')
    .addArgument(new Argument('<status>', 'the status').choices(['active', 'not_active', 'disabled']));
  status.finish(run, async () => {
    const { changeStatus } = await import('./change-node.ts');
    const [uri, wanted] = status.command.processedArgs as [string, string];
    return (api) => changeStatus(api, uri, wanted);
  });
}
