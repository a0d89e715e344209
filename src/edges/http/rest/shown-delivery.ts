import { writeBase64 } from '../../../core/base64.ts';
import { formatNodeUri } from '../../../core/node-uri.ts';
import type { Delivery } from '../../../kdmq-node.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A delivery as the API answers it. */
export function shownDelivery({ node, code, reason, reply, failure, elapsedMs }: Delivery) {
  return {
    node: formatNodeUri(node),
    code,
    reason,
    roundTripMs: elapsedMs,
    ...(reply !== undefined && reply.body.length > 0 && { contentType: reply.contentType, ...shownBody(reply.body) }),
    ...(failure !== undefined && { error: failure }),
  };
}

function shownBody(body: Uint8Array): { readonly body: string } | { readonly bodyBase64: string } {
  try {
    return { body: decoder.decode(body) };
  } catch {
    return { bodyBase64: writeBase64(body) };
  }
}
