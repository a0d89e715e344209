import type { NodeUri, TransportName } from '../../src/core/node-uri.ts';
import { parseNodeUri } from '../../src/core/node-uri.ts';
import type {
  HeldConnection,
  ReplyContent,
  RequestContent,
  SendFailure,
  SendOutcome,
  SipReply,
  SipRequest,
  SipTransport,
} from '../../src/ports/sip-transport.ts';

const encoder = new TextEncoder();
const bytesOf = (body: string | Uint8Array): Uint8Array => (typeof body === 'string' ? encoder.encode(body) : body);

/** A connection that was asked to be held. */
export interface RecordedHold {
  readonly target: NodeUri;
  readonly lost: (why: 'refused' | 'closed' | 'timeout') => void;
  closed: boolean;
}

/** Keeps what was sent, relayed and held; the test decides what comes of it. */
export class RecordedTransport implements SipTransport {
  readonly streamTransports: readonly TransportName[] = ['tcp'];
  readonly sent: { readonly request: RequestContent; readonly done: (outcome: SendOutcome) => void }[] = [];
  readonly relayed: { readonly request: SipRequest; readonly target: NodeUri }[] = [];
  readonly holds: RecordedHold[] = [];

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  onRequest(): void {}

  send(request: RequestContent, done: (outcome: SendOutcome) => void): void {
    this.sent.push({ request, done });
  }

  relay(request: SipRequest, target: NodeUri, done: (outcome: SendOutcome) => void): void {
    this.relayed.push({ request, target });
    done({ ok: false, failure: 'timeout', detail: 'nobody minds' });
  }

  hold(target: NodeUri, lost: (why: 'refused' | 'closed' | 'timeout') => void): HeldConnection {
    const held: RecordedHold = { target, lost, closed: false };
    this.holds.push(held);
    return {
      close: () => {
        held.closed = true;
      },
    };
  }

  /** The connections that are held now, as hosts. */
  heldHosts(): string[] {
    return this.holds.filter((held) => !held.closed).map((held) => held.target.host);
  }

  /** Answers the request to `host` that was sent last. */
  answer(host: string, content: ReplyContent & { readonly server?: string }): void {
    this.#last(host).done({ ok: true, reply: replyOf(content, host) });
  }

  fail(host: string, failure: SendFailure): void {
    this.#last(host).done({ ok: false, failure, detail: `a test: ${failure}` });
  }

  #last(host: string): { readonly done: (outcome: SendOutcome) => void } {
    const sent = this.sent.findLast(({ request }) => request.target.host === host);
    if (sent === undefined) throw new Error(`nothing was sent to ${host}`);
    return sent;
  }
}

function replyOf(content: ReplyContent & { readonly server?: string }, host: string): SipReply {
  const { code, reason = '', contentType, body = '', server } = content;
  return {
    code,
    reason,
    server,
    contentType,
    body: bytesOf(body),
    source: { address: host, port: 5060, transport: 'udp' },
    header: () => undefined,
  };
}

/** A request as it is received. */
export function requestOf(
  channel: string,
  { from = '10.0.0.2', body = '', method = 'KDMQ', userAgent }: RequestParts = {},
): SipRequest {
  return {
    method,
    requestUser: channel,
    source: { address: from, port: 5060, transport: 'udp' },
    from: parseNodeUri(`sip:${from.includes(':') ? `[${from}]` : from}`),
    userAgent,
    maxForwards: 1,
    contentType: undefined,
    body: bytesOf(body),
    bytes: encoder.encode(`${method} sip:${channel}@10.0.0.1 SIP/2.0\r\n\r\n`),
    header: () => undefined,
  };
}

interface RequestParts {
  readonly from?: string;
  readonly body?: string;
  readonly method?: string;
  readonly userAgent?: string;
}
