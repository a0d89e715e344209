import { type NodeUri, parseNodeUri } from '../node-uri.ts';

/** What can be said of a message in a line. */
export interface MessageOutline {
  /** Of a request; for a reply that of its CSeq. */
  readonly method: string | undefined;
  /** Of a reply. */
  readonly code: number | undefined;
  readonly reason: string | undefined;
  /** The user part of the request URI; for a reply that of To. */
  readonly channel: string | undefined;
  readonly callId: string | undefined;
  readonly from: NodeUri | undefined;
  readonly to: NodeUri | undefined;
}

const REQUEST_LINE = /^([!-~]+) (\S+) SIP\/2\.0\r?$/;
const STATUS_LINE = /^SIP\/2\.0 (\d{3}) ?(.*?)\r?$/;
const USER = /^sips?:([^@;?\s]*)@/i;
/**
 * Headers and their compact names (RFC 3261 20). Anybody may send what is read here: no part of a pattern may match what the
 * part behind it matches as well, or the time grows with the square of the length.
 */
const HEADERS = {
  callId: /^(?:call-id|i)[ \t]*:(.*)$/im,
  cseq: /^cseq[ \t]*:[ \t]*\d+[ \t]+(\S+)/im,
  from: /^(?:from|f)[ \t]*:(.*)$/im,
  to: /^(?:to|t)[ \t]*:(.*)$/im,
};
/** No message of the bus has a longer head; what is behind it is not looked at. */
const LONGEST_HEAD = 16_384;
const decoder = new TextDecoder('latin1');

/** Reads what it can, for people and captures: nothing of it decides anything. Never throws. */
export function outlineOf(bytes: Uint8Array): MessageOutline {
  const head = headOf(bytes);
  const line = head.slice(0, lineEnd(head));
  const [, code, reason] = STATUS_LINE.exec(line) ?? [];
  const [, method, requestUri] = code === undefined ? (REQUEST_LINE.exec(line) ?? []) : [];
  const header = (name: keyof typeof HEADERS): string | undefined => HEADERS[name].exec(head)?.[1]?.trim();
  const toUri = uriIn(header('to'));
  const user = USER.exec((code === undefined ? requestUri : toUri) ?? '')?.[1];
  return {
    method: code === undefined ? method : header('cseq'),
    code: code === undefined ? undefined : Number(code),
    reason: reason || undefined,
    channel: user || undefined,
    callId: header('callId') || undefined,
    from: nodeIn(uriIn(header('from'))),
    to: nodeIn(toUri),
  };
}

function headOf(bytes: Uint8Array): string {
  const text = decoder.decode(bytes.subarray(0, LONGEST_HEAD)).replace(/^[\r\n\0]+/, '');
  const end = /\r?\n\r?\n/.exec(text);
  return end === null ? text : text.slice(0, end.index);
}

function lineEnd(text: string): number {
  const end = text.indexOf('\n');
  return end < 0 ? text.length : end;
}

/** The URI of a name-addr or an addr-spec (RFC 3261 20.10). */
function uriIn(value: string | undefined): string | undefined {
  return /<([^<>]*)>/.exec(value ?? '')?.[1] ?? value?.replace(/;.*$/, '');
}

function nodeIn(uri: string | undefined): NodeUri | undefined {
  return uri === undefined ? undefined : parseNodeUri(uri);
}
