import { readFileSync } from 'node:fs';
import { answered, handedOn, type Outcome, silence } from './torture-outcome.ts';

/** One message of the two RFCs. */
export interface TortureMessage {
  /** Path below this folder. */
  readonly file: string;
  readonly rfc: 'RFC 4475' | 'RFC 5118';
  /** Section that describes it; `-` where none does. */
  readonly section: string;
  /** What the RFC wants of a correct element. */
  readonly wanted: string;
  /** What this node does with it when it comes in a datagram. */
  readonly outcome: Outcome;
  /** What it does when it comes on a stream, where that differs, and whether it closes the connection then. */
  readonly onStream?: { readonly outcome: Outcome; readonly closes: boolean };
  /** Why the outcome is what it is, where the section leaves a choice or another one is better founded. */
  readonly because?: string;
  /** For a reply that is well-formed: what the reader finds in it. No request waits for it, so it is dropped. */
  readonly reply?: { readonly code: number; readonly reason: string };
}

export function tortureBytes(message: TortureMessage): Buffer {
  return readFileSync(new URL(message.file, import.meta.url));
}

const NOT_READ = 'the header is not one that the node reads; the program that handles the method does (RFC 3261 8.2.1)';
const METHOD_FIRST =
  'the method is looked at before anything else (RFC 3261 8.2.1), so it is 405 where nobody handles it';

const rfc4475 = (name: string, section: string, wanted: string, outcome: Outcome, more: Partial<TortureMessage> = {}) =>
  ({ file: `rfc4475/${name}.dat`, rfc: 'RFC 4475', section, wanted, outcome, ...more }) satisfies TortureMessage;

const rfc5118 = (name: string, section: string, wanted: string, outcome: Outcome, more: Partial<TortureMessage> = {}) =>
  ({ file: `rfc5118/${name}.dat`, rfc: 'RFC 5118', section, wanted, outcome, ...more }) satisfies TortureMessage;

/** All messages of RFC 4475 Appendix A and RFC 5118 Appendix A. */
export const TORTURE_MESSAGES: readonly TortureMessage[] = [
  rfc4475(
    'wsinv',
    '3.1.1.1',
    'accept: folding, compact names, blanks, leading zeros, unknown headers',
    handedOn('INVITE'),
  ),
  rfc4475(
    'intmeth',
    '3.1.1.2',
    'accept; an endpoint answers 501 with Allow',
    handedOn("!interesting-Method0123456789_*+`.%indeed'~"),
    { because: '405 fits as well as 501: the program may register a handler for any method' },
  ),
  rfc4475('esc01', '3.1.1.3', 'accept; undo escapes once, in URIs only', handedOn('INVITE')),
  rfc4475('escnull', '3.1.1.4', 'accept; %00 does not shorten a user part', handedOn('REGISTER')),
  rfc4475('esc02', '3.1.1.5', 'accept; RE%47IST%45R is not REGISTER', handedOn('RE%47IST%45R')),
  rfc4475('lwsdisp', '3.1.1.6', 'accept: no blank between display name and <', answered(200)),
  rfc4475('longreq', '3.1.1.7', 'accept: long names and values', handedOn('INVITE')),
  rfc4475('dblreq', '3.1.1.8', 'take the REGISTER; ignore what follows it in the datagram', handedOn('REGISTER'), {
    onStream: { outcome: handedOn('REGISTER'), closes: false },
    because: 'on a stream what follows is the next message',
  }),
  rfc4475('semiuri', '3.1.1.9', 'accept; the user part is user;par=u@example.net', answered(200)),
  rfc4475('transports', '3.1.1.10', 'accept unknown transports in Via', answered(200)),
  rfc4475('mpart01', '3.1.1.11', 'accept; the body is binary and framed by Content-Length', handedOn('MESSAGE')),
  rfc4475('unreason', '3.1.1.12', 'accept; UTF-8 in the reason phrase', silence, {
    reply: { code: 200, reason: '= 2**3 * 5**2 но сто девяносто девять - простое' },
  }),
  rfc4475('noreason', '3.1.1.13', 'accept; no reason phrase', silence, { reply: { code: 100, reason: '' } }),
  rfc4475('badinv01', '3.1.2.1', '400: separators without values in Via and Contact', answered(400)),
  rfc4475('clerr', '3.1.2.2', '400 in a datagram; on a stream wait for the rest, then close', answered(400), {
    onStream: { outcome: silence, closes: false },
    because: 'on a stream the message is incomplete until the time for it is over',
  }),
  rfc4475('ncl', '3.1.2.3', 'an error; on a stream close', answered(400), {
    onStream: { outcome: answered(400), closes: true },
  }),
  rfc4475('scalar02', '3.1.2.4', '400: CSeq above 2**32-1', answered(400)),
  rfc4475('scalarlg', '3.1.2.5', 'drop the reply', silence),
  rfc4475('quotbal', '3.1.2.6', '400: unterminated quote in To', answered(400)),
  rfc4475('ltgtruri', '3.1.2.7', '400: <> around the request URI', answered(400)),
  rfc4475('lwsruri', '3.1.2.8', '400: blanks in the request URI', answered(400)),
  rfc4475('lwsstart', '3.1.2.9', '400, or accept several blanks in the request line', answered(400)),
  rfc4475('trws', '3.1.2.10', '400, or accept a blank at the end of the request line', answered(400)),
  rfc4475('escruri', '3.1.2.11', '400, or ignore the headers in the request URI', answered(400)),
  rfc4475('baddate', '3.1.2.12', '400, but better ignore a Date that is not used', handedOn('INVITE')),
  rfc4475('regbadct', '3.1.2.13', '400: Contact with headers and no <>', handedOn('REGISTER'), { because: NOT_READ }),
  rfc4475('badaspec', '3.1.2.14', '400, or ignore the blanks inside <>', answered(400)),
  rfc4475('baddn', '3.1.2.15', '400: separators in an unquoted display name', answered(400), {
    onStream: { outcome: silence, closes: false },
    because: 'its file has no blank line after the headers, so on a stream it is not complete',
  }),
  rfc4475('badvers', '3.1.2.16', '505', answered(505)),
  rfc4475('mismatch01', '3.1.2.17', '400: CSeq names another method', answered(400)),
  rfc4475('mismatch02', '3.1.2.18', '501 preferred, 400 acceptable', answered(400), {
    because: 'no method is unknown here while a program may handle any; what is wrong is the CSeq',
  }),
  rfc4475('bigcode', '3.1.2.19', 'drop the reply: its code is above 699', silence),
  rfc4475('badbranch', '3.2.1', '400, or match the transaction as RFC 2543 does', answered(200), {
    because: 'the bare magic cookie is matched as RFC 2543 does',
  }),
  rfc4475('insuf', '3.3.1', '400: no Call-ID, From and To', answered(400)),
  rfc4475('unkscm', '3.3.2', '416', answered(416)),
  rfc4475('novelsc', '3.3.3', '416', answered(416)),
  rfc4475('unksm2', '3.3.4', 'accept: only a registrar looks at the scheme in To', handedOn('REGISTER')),
  rfc4475('bext01', '3.3.5', '420 with Unsupported', answered(420)),
  rfc4475('invut', '3.3.6', 'an endpoint answers 415', handedOn('INVITE'), { because: METHOD_FIRST }),
  rfc4475('regaut01', '3.3.7', 'accept; who is no registrar answers 405', handedOn('REGISTER')),
  rfc4475('multi01', '3.3.8', '400: headers repeated that may not be', answered(400)),
  rfc4475('mcl01', '3.3.9', 'an error: two Content-Lengths; on a stream close', answered(400), {
    onStream: { outcome: answered(400), closes: true },
  }),
  rfc4475('bcast', '3.3.10', 'drop the reply; never forward it to a broadcast address', silence, {
    reply: { code: 200, reason: 'OK' },
  }),
  rfc4475('zeromf', '3.3.11', 'an endpoint processes it normally', answered(200)),
  rfc4475('cparam01', '3.3.12', 'accept', handedOn('REGISTER')),
  rfc4475('cparam02', '3.3.13', 'accept', handedOn('REGISTER')),
  rfc4475('regescrt', '3.3.14', 'accept; keep the escaped Route in the Contact', handedOn('REGISTER')),
  rfc4475('sdp01', '3.3.15', '406 or 400', handedOn('INVITE'), { because: METHOD_FIRST }),
  rfc4475('inv2543', '3.4.1', 'accept a request as RFC 2543 has it', handedOn('INVITE'), {
    onStream: { outcome: answered(400), closes: true },
    because: 'on a stream nothing but Content-Length says where the message ends (RFC 3261 18.3)',
  }),
  rfc4475('test', '-', 'do not break: no SIP version, no Via', silence, {
    because: 'without a Via there is nobody to answer (RFC 3261 18.2.2)',
  }),
  rfc5118('ipv6-good', '4.1', 'accept', handedOn('REGISTER')),
  rfc5118('ipv6-bad', '4.2', '400: IPv6 without brackets in the request URI', answered(400)),
  rfc5118('port-ambiguous', '4.3', 'accept; all within the brackets is the address', handedOn('REGISTER')),
  rfc5118('port-unambiguous', '4.4', 'accept', handedOn('REGISTER')),
  rfc5118('via-received-param-with-delim', '4.5', 'accept brackets in received', handedOn('BYE')),
  rfc5118('via-received-param-no-delim', '4.5', 'accept received without brackets', answered(200)),
  rfc5118('ipv6-in-sdp', '4.6', 'accept', handedOn('INVITE')),
  rfc5118('mult-ip-in-header', '4.7', 'accept IPv4 and IPv6 in one message', handedOn('BYE')),
  rfc5118('mult-ip-in-sdp', '4.8', 'accept', handedOn('INVITE')),
  rfc5118('ipv4-mapped-ipv6', '4.9', 'accept', handedOn('INVITE')),
  rfc5118('ipv6-bug-abnf-3-colons', '4.10', 'tolerate three colons', answered(200)),
  rfc5118('ipv6-correct-abnf-2-colons', '4.10', 'accept', answered(200)),
];
