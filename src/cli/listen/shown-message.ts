import { writeBase64 } from '../../core/base64.ts';
import { escapeControls } from '../../core/escape-controls.ts';
import { formatHostPort, formatNodeUri } from '../../core/node-uri.ts';
import type { SipRequest } from '../../ports/sip-transport.ts';
import { escapeBytes } from '../escape-bytes.ts';
import { textOf } from '../node-api/message-content.ts';

type ShownRequest = Pick<SipRequest, 'from' | 'source' | 'contentType' | 'body'>;

/** A message in one line; what is no printable text is escaped. */
export function messageAsText(channel: string, request: ShownRequest, time: Date): string {
  const { contentType = 'no Content-Type', body } = request;
  const type = escapeControls(contentType);
  return `${time.toISOString()} ${channel} from ${senderOf(request)} (${type}, ${body.length} bytes): ${escapeBytes(body)}\n`;
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
