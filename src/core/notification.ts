import { formatNodeUri, type NodeUri, parseNodeUri } from './node-uri.ts';

/** One line of a node list as Kamailio writes them. */
export interface NotificationLine {
  readonly uri: NodeUri;
  readonly status: 'active' | 'not_active' | 'disabled';
}

/** A node list as received. */
export interface Notification {
  readonly lines: readonly NotificationLine[];
  /** Lines that could not be read, or were beyond the limit: skipped, the rest is used. */
  readonly skipped: number;
}

/** Kamailio up to 5.x says `timeout` and `pending` where 6.x says `not_active`. */
const statuses = {
  active: 'active',
  not_active: 'not_active',
  timeout: 'not_active',
  pending: 'not_active',
  disabled: 'disabled',
} as const;

const maxLines = 2_000;

/** Reads a list: tolerant of line ends, blank lines, unknown parameters and unreadable lines. Linear time, never throws. */
export function readNotification(body: string): Notification {
  const lines: NotificationLine[] = [];
  let skipped = 0;
  for (let start = 0; start < body.length; ) {
    const newline = body.indexOf('\n', start);
    const end = newline < 0 ? body.length : newline;
    const text = body.slice(start, end).trim();
    start = end + 1;
    if (text === '') continue;
    const line = lines.length < maxLines && text.length <= 512 ? readLine(text) : undefined;
    if (line === undefined) skipped += 1;
    else lines.push(line);
  }
  return { lines, skipped };
}

function readLine(text: string): NotificationLine | undefined {
  const uri = parseNodeUri(text);
  const word = /;status=([a-z_]+)(?:;|$)/i.exec(text)?.[1]?.toLowerCase();
  if (uri === undefined || word === undefined || !Object.hasOwn(statuses, word)) return undefined;
  return { uri, status: statuses[word as keyof typeof statuses] };
}

/**
 * One line with its CRLF. Only the two words that every Kamailio knows are written: 5.6.3 keeps its list lock for ever
 * after a word it can't read, or a last line without CRLF.
 */
export function writeNotificationLine(uri: NodeUri, status: 'active' | 'disabled'): string {
  return `${formatNodeUri(uri)};status=${status}\r\n`;
}
