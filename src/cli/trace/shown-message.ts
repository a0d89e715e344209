import { escapeControls } from '../../core/escape-controls.ts';
import { escapeBytes } from '../escape-bytes.ts';
import { count } from '../words.ts';

/** A message as the API gives it in a line of JSON. */
export interface ShownMessage {
  readonly time: string;
  readonly direction: 'received' | 'sent';
  readonly transport: string;
  readonly remote: string;
  readonly method?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly channel?: string;
  readonly size: number;
  readonly bytesBase64: string;
}

const LINE_FEED = 10;

/** A message in a line; below it, where that is wanted, itself. */
export function textOf(message: ShownMessage, isVerbose: boolean): string {
  const { time, direction, transport, remote, channel = '-', size } = message;
  const way = direction === 'sent' ? `sent to ${remote}` : `received from ${remote}`;
  const line = escapeControls(`${time} ${way} ${transport}: ${whatOf(message)} ${channel}, ${count(size, 'byte')}`);
  return isVerbose ? `${line}\n${content(message)}\n` : `${line}\n`;
}

function whatOf({ method, code, reason = '' }: ShownMessage): string {
  if (code !== undefined) return `${code}${reason === '' ? '' : ` ${reason}`} to ${method ?? 'a request'}`;
  return method ?? 'what is no SIP';
}

/** Each line with an indent, so that nothing in a message passes for the line of another one. */
function content({ bytesBase64 }: ShownMessage): string {
  const bytes = Buffer.from(bytesBase64, 'base64');
  let text = '';
  for (let start = 0; start < bytes.length; ) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const end = feed < 0 ? bytes.length : feed;
    const hasReturn = end > start && bytes[end - 1] === 13 && feed >= 0;
    text += `    ${escapeBytes(bytes.subarray(start, hasReturn ? end - 1 : end))}\n`;
    start = end + 1;
  }
  return text;
}
