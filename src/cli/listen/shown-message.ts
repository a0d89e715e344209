import { writeBase64 } from '../../core/base64.ts';
import { escapeControls } from '../../core/escape-controls.ts';
import { formatHostPort, formatNodeUri } from '../../core/node-uri.ts';
import type { SipRequest } from '../../ports/sip-transport.ts';

type ShownRequest = Pick<SipRequest, 'from' | 'source' | 'contentType' | 'body'>;

/** A message in one line; what is no printable text is escaped. */
export function messageAsText(channel: string, request: ShownRequest, time: Date): string {
  const { contentType = 'no Content-Type', body } = request;
  const type = escapeControls(contentType);
  return `${time.toISOString()} ${channel} from ${senderOf(request)} (${type}, ${body.length} bytes): ${shownBody(body)}\n`;
}

/** A message as an object in a line: `body` where it is text, else `bodyBase64`. */
export function messageAsJson(channel: string, request: ShownRequest, time: Date): string {
  const { source, contentType, body } = request;
  const text = textOf(body);
  return `${JSON.stringify({
    time: time.toISOString(),
    channel,
    from: senderOf(request),
    source: `${source.transport}:${formatHostPort({ host: source.address, port: source.port })}`,
    contentType,
    ...(text === undefined ? { bodyBase64: writeBase64(body) } : { body: text }),
  })}\n`;
}

/** Who says that he sent it; where he came from when he does not say. */
function senderOf({ from, source }: ShownRequest): string {
  return formatNodeUri(from ?? { host: source.address, port: source.port, transport: source.transport });
}

/** Text as it is, with its controls as `\u000a`; else each byte that is no printable ASCII as `\x80`. */
export function shownBody(body: Uint8Array): string {
  const text = textOf(body);
  if (text !== undefined) return escapeControls(text);
  return Array.from(body, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
}

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Undefined for what is no UTF-8. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}
