import { writeBase64 } from '../../core/base64.ts';
import { escapeControls } from '../../core/escape-controls.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { contentOf, textOf } from '../node-api/message-content.ts';
import type { NodeApi } from '../node-api/node-api.ts';
import { printAnswer } from '../node-api/print-answer.ts';
import { note, print } from '../print.ts';
import { tableOf } from '../table.ts';

/** What `kdmq send` and `kdmq broadcast` were asked for. */
export interface Message {
  readonly channel: string;
  /** One node; undefined: all active ones. */
  readonly target: string | undefined;
  readonly body: string | undefined;
  readonly file: string | undefined;
  readonly contentType: string;
  readonly deadlineMs: number;
  readonly output: 'table' | 'json';
}

interface Delivery {
  readonly node: string;
  readonly code: number;
  readonly reason: string;
  readonly roundTripMs: number;
  readonly body?: string;
  readonly bodyBase64?: string;
}

/** What the node may take longer than its own deadline. */
const GRACE_MS = 5_000;

/** `kdmq send` and `kdmq broadcast`: ends with 69 when somebody did not answer with 2xx. */
export async function sendMessage(api: NodeApi, message: Message, signal: AbortSignal): Promise<number> {
  const { channel, target, contentType, deadlineMs, output } = message;
  const bytes = await contentOf({ words: message.body, file: message.file, what: 'body' }, signal);
  const text = textOf(bytes);
  const answer = await api.ask({
    method: 'POST',
    path: `/channels/${encodeURIComponent(channel)}/${target === undefined ? 'broadcast' : 'send'}`,
    query: { target, deadline_ms: deadlineMs },
    body: { ...(text === undefined ? { bodyBase64: writeBase64(bytes) } : { body: text }), contentType },
    timeoutMs: deadlineMs + GRACE_MS,
  });
  const { deliveries } = answer as { readonly deliveries: readonly Delivery[] };
  if (output === 'json') await printAnswer({ deliveries }, 'json');
  else if (deliveries.length === 0) note('no other node is active: nobody got it (kdmq nodes shows the list)');
  else await print(deliveryTable(deliveries));
  return deliveries.every(({ code }) => code >= 200 && code < 300) ? EXIT_CODES.ok : EXIT_CODES.unavailable;
}

function deliveryTable(deliveries: readonly Delivery[]): string {
  const hasBody = deliveries.some(({ body, bodyBase64 }) => body !== undefined || bodyBase64 !== undefined);
  const heads = ['NODE', 'CODE', 'MS', 'REASON', ...(hasBody ? ['BODY'] : [])];
  const rows = deliveries.map(({ node, code, reason, roundTripMs, body, bodyBase64 }) => [
    node,
    String(code),
    roundTripMs.toFixed(1),
    reason,
    ...(hasBody ? [body ?? (bodyBase64 === undefined ? '' : `base64:${bodyBase64}`)] : []),
  ]);
  return tableOf([heads, ...rows.map((row) => row.map(escapeControls))], ['CODE', 'MS']);
}
