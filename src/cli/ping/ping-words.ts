import { escapeControls } from '../../core/escape-controls.ts';
import { formatNodeUri, type NodeUri } from '../../core/node-uri.ts';
import { tlsTroubleOf } from '../tls-trouble.ts';
import { count } from '../words.ts';
import { type ListAnswer, shownLine } from './asking-node.ts';
import type { PingReport } from './ping-tally.ts';

export interface AskedFor {
  readonly channel: string;
  readonly timeoutMs: number;
  /** Whether the list is shown; not again where it is the one that was shown last. */
  readonly withList: boolean;
}

/** An answer in words, with what to do about one that is not a 200. */
export function answerLines(uri: NodeUri, answer: ListAnswer, { channel, timeoutMs, withList }: AskedFor): string {
  const node = formatNodeUri(uri);
  if (answer.kind === 'silent') return `${node}: ${silence(uri, answer, timeoutMs)}\n`;
  const { code, reason, roundTripMs, software, nodes } = answer;
  const who = software === '' ? 'it does not say what it is' : escapeControls(software);
  const head = `${node} answers ${code} ${escapeControls(reason)} after ${roundTripMs.toFixed(1)} ms: ${who}\n`;
  if (code !== 200) return `${head}${meaningOf(code, channel)}`;
  if (!withList) return head;
  const lines = nodes.map(shownLine);
  const width = Math.max(0, ...lines.map((line) => line.uri.length));
  const list = lines.map((line) => `    ${line.uri.padEnd(width)}  ${line.status}\n`).join('');
  return `${head}  It knows ${count(nodes.length, 'node')}:\n${list}`;
}

function silence(uri: NodeUri, { failure, detail }: ListAnswer & { kind: 'silent' }, timeoutMs: number): string {
  const way = `${uri.transport.toUpperCase()} port ${uri.port}`;
  if (failure === 'timeout') {
    const speaks = uri.transport === 'tls' ? ', does it speak TLS there' : '';
    return `no answer within ${timeoutMs / 1_000} s. Is it running${speaks}, and does a firewall or a NetworkPolicy let ${way} through?`;
  }
  const trouble = tlsTroubleOf(detail);
  if (trouble?.kind === 'not TLS') return `it does not speak TLS on port ${uri.port}: is that its port for TCP?`;
  if (trouble?.kind === 'alert') return `it refuses our certificate (${trouble.words}). ${OUR_CERTIFICATE}`;
  if (failure === 'unreachable' && detail === CLOSED) return closedWords(uri);
  if (failure === 'unreachable') return `can't be reached (${detail}). Nothing may listen on ${way} there.`;
  if (failure === 'untrusted')
    return `its certificate is not trusted (${detail}): see --tls-ca-list and --tls-server-name`;
  return detail;
}

/** As the transport says it. */
const CLOSED = 'closed by the other side';
const OUR_CERTIFICATE =
  '--tls-certificate and --tls-private-key have to be of an authority that it trusts (its tls_ca_list).';

function closedWords({ transport, port }: NodeUri): string {
  const head = 'it closed the connection without an answer.';
  return transport === 'tls'
    ? `${head} A node that does not trust our certificate does that: ${OUR_CERTIFICATE} Or no SIP is spoken on TLS port ${port} there.`
    : `${head} No SIP is spoken on TCP port ${port} there, or it is TLS (;transport=tls).`;
}

function meaningOf(code: number, channel: string): string {
  const words = MEANINGS[code];
  return words === undefined ? '' : `  ${words(channel)}\n`;
}

const MEANINGS: Readonly<Record<number, (channel: string) => string>> = {
  403: () => 'It takes this address for a stranger: its setting admission says whom it answers.',
  404: (channel) => `It has no channel ${channel}: the bus may have another one (--notification-channel).`,
  405: () => 'It takes no KDMQ: a Kamailio needs dmq_handle_message() in its request_route.',
  503: () => 'It is stopping, or has too much to do.',
};

/** All questions to one address in a line. */
export function tallyLine({ uri, sent, answered, roundTripMs }: PingReport): string {
  const times =
    roundTripMs === null
      ? ''
      : `, after ${roundTripMs.least} ms at least, ${roundTripMs.mean} on average, ${roundTripMs.most} at most`;
  return `${uri}: ${count(sent, 'question')}, ${answered === 0 ? 'no answer' : count(answered, 'answer')}${times}\n`;
}
