/** Prints what a node of the bus, ours or a Kamailio, holds as active: `node test/demo/list.ts sip:10.0.0.1:5060`. */
import process from 'node:process';
import { formatNodeUri, parseNodeUri } from '../../src/core/node-uri.ts';
import { askForList } from './ask-for-list.ts';

const uri = parseNodeUri(process.argv[2] ?? '');
if (uri === undefined) {
  console.error('usage: list.ts sip:<address>:<port>');
  process.exit(2);
}
try {
  for (const line of await askForList(uri)) console.log(`${formatNodeUri(line.uri)} ${line.status}`);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
