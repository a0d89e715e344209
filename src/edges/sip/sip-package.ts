import { createRequire } from 'node:module';
import type { SipRequest } from '../../ports/sip-transport.ts';
import { UnreadableMessageError } from './unreadable-message-error.ts';
import { UnwritableValueError } from './unwritable-value-error.ts';

/** A URI as package `sip` has it. */
export interface PackageUri {
  schema: string;
  user?: string | undefined;
  password?: string | undefined;
  /** IPv6 in brackets. */
  host: string;
  /** NaN when the URI has none. */
  port: number;
  params: Record<string, string | null>;
  headers: Record<string, string>;
}

export interface PackageAddress {
  name?: string | undefined;
  uri: string | PackageUri;
  params: Record<string, string | null>;
}

export interface PackageVia {
  version: string;
  protocol: string;
  host: string;
  port?: number | undefined;
  params: Record<string, string | null>;
}

/**
 * A message as package `sip` has it. Headers are by long name in lower case: `to`, `from` and `refer-to` are a
 * {@link PackageAddress}; `contact`, `route`, `record-route`, `path` and `via` a list; `cseq` is `{seq, method}`;
 * `content-length` a number; what the package does not know is the text. All text is latin1, one character a byte.
 */
export interface PackageMessage {
  method?: string;
  uri?: string | PackageUri;
  status?: number;
  reason?: string;
  version?: string;
  headers: Record<string, unknown> & {
    via?: PackageVia[];
    to?: PackageAddress;
    from?: PackageAddress;
    contact?: PackageAddress[];
    cseq?: { seq: number; method: string };
    'call-id'?: string;
    'content-length'?: number;
  };
  content?: string;
}

/** The functions of `sip/sip.js` that neither open a socket nor start a timer. */
interface SipPackage {
  parse(message: Buffer | string): PackageMessage | undefined;
  stringify(message: PackageMessage): string;
  parseUri(uri: string): PackageUri | undefined;
}

/** The package's expressions take time that grows faster than what they read: what they are given is bounded. */
export const PACKAGE_LIMITS = { headerBytes: 8192, lineBytes: 2048, lines: 128, uriBytes: 1024 } as const;

const require = createRequire(import.meta.url);
let loaded: SipPackage | undefined;

/** Loaded at its first use, as it brings a WebSocket library along that a node has no use for. */
function sipPackage(): SipPackage {
  loaded ??= require('sip/sip.js') as SipPackage;
  return loaded;
}

/**
 * The message model of package `sip` for a message in bytes. Throws {@link UnreadableMessageError} when the message is
 * over the limits or the package can't read it. A header that the package can't read is left out by it.
 */
export function parsePackageMessage(bytes: Uint8Array): PackageMessage {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const headerEnd = text.indexOf('\r\n\r\n');
  if (headerEnd < 0) throw new UnreadableMessageError('it has no blank line after its headers');
  if (headerEnd > PACKAGE_LIMITS.headerBytes) throw new UnreadableMessageError('its headers are too large');
  const head = text.slice(0, headerEnd);
  checkLines(head);
  const hidden = hideUnbearable(head);
  const model = sipPackage().parse(`${hidden.text}\r\n\r\n`);
  if (model === undefined) throw new UnreadableMessageError('package sip does not take it');
  const message = restored(model, hidden) as PackageMessage;
  message.content = text.slice(headerEnd + 4);
  return message;
}

/** A message model as text, Content-Length set. Throws {@link UnwritableValueError} for a value that would end its line. */
export function stringifyPackageMessage(message: PackageMessage): string {
  const { content, ...head } = message;
  checkValues(head, 'message', 0);
  return sipPackage().stringify({ ...head, headers: { ...head.headers }, content: content ?? '' });
}

/** A SIP URI in parts; undefined when it is none or over 1,024 bytes. */
export function parsePackageUri(text: string): PackageUri | undefined {
  if (text.length > PACKAGE_LIMITS.uriBytes) return undefined;
  const hidden = hideUnbearable(text);
  const uri = sipPackage().parseUri(hidden.text);
  return uri === undefined ? undefined : (restored(uri, hidden) as PackageUri);
}

/** The request as a model of package `sip`, made when it is first asked for; throws as {@link parsePackageMessage}. */
export function lazyMessage(request: SipRequest): () => PackageMessage {
  let message: PackageMessage | undefined;
  return () => {
    message ??= parsePackageMessage(request.bytes);
    return message;
  };
}

function checkLines(head: string): void {
  const lines = head.split(/\r\n(?![ \t])/);
  if (lines.length > PACKAGE_LIMITS.lines) throw new UnreadableMessageError('it has too many headers');
  for (const line of lines) {
    if (line.length > PACKAGE_LIMITS.lineBytes) throw new UnreadableMessageError('one of its headers is too large');
  }
}

interface Hidden {
  readonly text: string;
  /** Finds the stand-ins; undefined when there are none. */
  readonly pattern: RegExp | undefined;
  readonly originals: ReadonlyMap<string, string>;
}

/** IPv6 in brackets, and the names that every JavaScript object has a property of. */
const UNBEARABLE = /\[[0-9A-Fa-f:.]{2,45}\]|\b(?:__proto__|constructor)\b/gi;

/**
 * The package takes the first colon of `[2001:db8::1]` for the one before a port, and a name like `__proto__` for one of
 * its own tables. So each of them goes through it under another name, and `restored` puts it back.
 */
function hideUnbearable(text: string): Hidden {
  const originals = new Map<string, string>();
  let round = 0;
  while (text.includes(`hidden${round}-`)) round++;
  const hidden = text.replace(UNBEARABLE, (original) => {
    const name = `hidden${round}-${originals.size}-`;
    originals.set(name, original);
    return name;
  });
  return { text: hidden, originals, pattern: originals.size === 0 ? undefined : RegExp(`hidden${round}-\\d+-`, 'g') };
}

/**
 * A copy of what the package made, with what was hidden put back. Its objects have no prototype, so that a parameter
 * named `__proto__` is one like any other.
 */
function restored(value: unknown, hidden: Hidden): unknown {
  if (typeof value === 'string') return restoredText(value, hidden);
  if (Array.isArray(value)) return value.map((item) => restored(item, hidden));
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value)) {
    const name = restoredText(key, hidden);
    copy[name === key ? key : name.toLowerCase()] = restored(item, hidden);
  }
  return copy;
}

function restoredText(text: string, { pattern, originals }: Hidden): string {
  return pattern === undefined ? text : text.replace(pattern, (name) => originals.get(name) ?? name);
}

const DEPTH = 8;

function checkValues(value: unknown, part: string, depth: number): void {
  if (typeof value === 'string') {
    if (value.includes('\r') || value.includes('\n') || value.includes('\0')) {
      throw new UnwritableValueError(part, 'it holds a line end or NUL');
    }
  } else if (typeof value === 'object' && value !== null) {
    if (depth > DEPTH) throw new UnwritableValueError(part, 'it is nested too deeply');
    for (const [key, item] of Object.entries(value)) {
      checkValues(key, part, depth + 1);
      checkValues(item, key, depth + 1);
    }
  }
}
