import { createNode } from '../../app.ts';
import { ChannelError } from '../../core/peer-registry.ts';
import type { KdmqNode } from '../../kdmq-node.ts';
import type { ReplyContent, SipRequest } from '../../ports/sip-transport.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { note, print } from '../print.ts';
import { StandardErrorLog } from '../standard-error-log.ts';
import { count, listed } from '../words.ts';
import type { ListenCommand } from './listen-command.ts';
import { listeningSettings } from './listening-settings.ts';
import { messageAsJson, messageAsText } from './shown-message.ts';

/** `kdmq listen`. */
export async function listenOnBus(command: ListenCommand, signal: AbortSignal): Promise<number> {
  const settings = await listeningSettings(command.input, signal);
  const node = createNode({ settings, log: new StandardErrorLog() });
  const ended = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => ended.resolve());
  if (signal.aborted) ended.resolve();
  const written = command.output === 'json' ? messageAsJson : messageAsText;
  let left = command.count ?? Number.POSITIVE_INFINITY;
  const take = async (channel: string, request: SipRequest): Promise<ReplyContent | undefined> => {
    if (left === 0) return { code: 503 };
    left -= 1;
    const isLast = left === 0;
    // A reader that is slow makes the senders wait; what waits is bounded by worker_queue.
    await print(written(channel, request, new Date())).then(isLast ? ended.resolve : undefined, ended.reject);
    return undefined;
  };
  register(node, command.channels, take);
  try {
    await node.start().catch(listenFailure);
    note(`listening on ${listed(command.channels)} as ${node.uri}`);
    await Promise.race([node.joined().then(() => sayWhoIsThere(node)), ended.promise]);
    await ended.promise;
  } finally {
    await node.stop();
  }
  return EXIT_CODES.ok;
}

function register(
  node: KdmqNode,
  channels: readonly string[],
  take: (channel: string, request: SipRequest) => Promise<ReplyContent | undefined>,
): void {
  try {
    for (const name of new Set(channels)) node.registerPeer({ name, callback: (request) => take(name, request) });
  } catch (error) {
    if (error instanceof ChannelError) throw new CommandFailure(EXIT_CODES.usage, error.message);
    throw error;
  }
}

function sayWhoIsThere(node: KdmqNode): void {
  const others = node.nodes().filter(({ local, status }) => !local && status === 'active').length;
  note(
    others === 0
      ? 'nobody else is on the bus yet: is notification_address right? (kdmq ping asks it)'
      : `on the bus with ${count(others, 'other node')}`,
  );
}

function listenFailure(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const message = error instanceof Error ? error.message : String(error);
  if (code === 'LISTEN_FAILED') throw new CommandFailure(EXIT_CODES.listen, message);
  if (code === 'TLS_FILES_UNUSABLE')
    throw new CommandFailure(EXIT_CODES.config, `${message} (--tls-certificate, --tls-private-key, --tls-ca-list)`);
  throw error;
}
