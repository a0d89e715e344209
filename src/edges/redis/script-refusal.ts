import { StoreError } from '../../core/mqueue/store-error.ts';
import type { PartitionAddress, PartitionClaim } from '../../ports/queue-store.ts';
import { FORMAT_VERSION } from './partition-scripts.ts';
import type { ScriptReply } from './script-call.ts';

/** The error behind the word with which a script refused, naming the store and the partition. */
export function refusalOf(reply: ScriptReply, name: string, whose: PartitionClaim | PartitionAddress): StoreError {
  const [word, first = '?', second = '?'] = reply;
  const address = 'address' in whose ? whose.address : whose;
  const epoch = 'epoch' in whose ? whose.epoch : '?';
  const fail = (code: StoreError['code'], words: string) => {
    return new StoreError(code, `${name}: ${describePartition(address)}: ${words}`);
  };
  switch (word) {
    case 'fenced':
      return fail(
        'STORE_FENCED',
        `epoch ${epoch} is over: ${second === '' ? 'nobody' : second} has it in epoch ${first}`,
      );
    case 'newer':
      return fail('STORE_NEWER', `format ${first} is newer than ${FORMAT_VERSION}, which this version knows`);
    case 'gone':
      return fail('STORE_CORRUPT', `it was claimed in epoch ${epoch} and is not there any more: Redis has lost data`);
    case 'behind':
      return fail(
        'STORE_CORRUPT',
        `it was claimed in epoch ${epoch} and is back in epoch ${first}: Redis has lost data`,
      );
    case 'right':
      return fail('STORE_REFUSED', `the user of Redis lacks the right to ${first} (${second}): give it by ACL SETUSER`);
    case 'lost':
      return fail(
        'STORE_CORRUPT',
        `${first} items were committed and ${second} are there: somebody evicted or edited them`,
      );
    case 'journal':
      return fail(
        'STORE_CORRUPT',
        `the journal had ${first} records and ${second} are there: somebody evicted or edited them`,
      );
    case 'stale':
      return fail('STORE_GAP', `the claim is of another generation than ${first}, which is committed`);
    case 'staged':
      return fail('STORE_GAP', `${first} records are staged, which is another number than is to be committed`);
    case 'moved':
      return fail('STORE_GAP', 'somebody has saved or claimed it since it was looked at');
    case 'dropped':
      return fail('STORE_GAP', `the journal begins at ${first}`);
    default:
      return fail('STORE_GAP', `${first} records are there, and what was asked for lies behind them`);
  }
}

export function describePartition({ cluster, queue, partition }: PartitionAddress): string {
  return `queue ${queue}, partition ${partition} of ${cluster}`;
}
