import type { NodeUri } from '../node-uri.ts';
import type { MessageOutline } from './message-outline.ts';
import type { TracedMessage } from './traced-message.ts';

/**
 * Whether a message was exchanged with that node. One that opens a connection has another port there than the one in its
 * URI; then From or To, which hold the URIs of both nodes, tell.
 */
export function concernsNode(node: NodeUri, { remote }: TracedMessage, { from, to }: MessageOutline): boolean {
  if (remote.address !== node.host) return false;
  const named = (uri: NodeUri | undefined): boolean => uri?.host === node.host && uri.port === node.port;
  return remote.port === node.port || named(from) || named(to);
}
