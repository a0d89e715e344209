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
    ...shownRetryAfter(reply?.header('Retry-After')),
    ...(reply !== undefined && reply.body.length > 0 && { contentType: reply.contentType, ...shownBody(reply.body) }),
    ...(failure !== undefined && { error: failure }),
  };
}

/** RFC 3261 20.33: seconds, and perhaps a comment and parameters. */
function shownRetryAfter(header: string | undefined): { readonly retryAfter?: number } {
  const seconds = /^\d{1,10}/.exec(header ?? '')?.[0];
  return seconds === undefined ? {} : { retryAfter: Number(seconds) };
}

function shownBody(body: Uint8Array): { readonly body: string } | { readonly bodyBase64: string } {
  try {
    return { body: decoder.decode(body) };
  } catch {
    return { bodyBase64: writeBase64(body) };
  }
}
