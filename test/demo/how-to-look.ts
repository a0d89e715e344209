import { formatNodeUri } from '../../src/core/node-uri.ts';
import type { Stage } from './stage.ts';

/** Commands for another terminal, in the project's folder, while the demo is kept running. */
export function howToLook(stage: Stage): string[] {
  const members = stage.present;
  const first = members.find((member) => member.name === 'kdmq-0');
  const node = process.execPath.startsWith(process.cwd())
    ? process.execPath.slice(process.cwd().length + 1)
    : process.execPath;
  const [dnsHost = ''] = stage.dns.address.split(':');
  const lines = [
    '',
    'The bus goes on until Ctrl-C. In another terminal, in this folder:',
    '',
    '   # what a node holds as active (any node of the bus, a Kamailio too)',
    ...members.map((member) => `   ${node} test/demo/list.ts '${formatNodeUri(member.uri)}'   # ${member.name}`),
    '   # the log of a node',
    `   tail -f ${stage.logOf(first?.name ?? 'kdmq-0')}`,
    '   # one more node, until Ctrl-C; the others list it at once',
    `   ${node} src/cli/main.ts start --config ${stage.config} --server-address sip:${spare(dnsHost)}:${stage.port}`,
  ];
  for (const { process: running, name } of members) {
    if (running !== undefined && name !== 'kdmq-0') lines.push(`   kill -9 ${running.pid}   # kill ${name}`);
  }
  for (const { kamailio, name, uri } of members) {
    if (kamailio === undefined) continue;
    lines.push(
      `   # ${name} in its own words`,
      `   curl -s -d '{"jsonrpc":"2.0","method":"dmq.list_nodes","id":1}' http://${uri.host}:${uri.port}/RPC`,
    );
  }
  return lines;
}

/** A loopback address of the demo's block that no node has. */
function spare(dnsHost: string): string {
  return dnsHost.replace(/\.\d+$/, '.250');
}
