import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished, vi } from 'vitest';
import type { NodeUri, TransportName } from '../../../src/core/node-uri.ts';
import { SocketTransport, type SocketTransportOptions } from '../../../src/edges/sip/transport.ts';
import { SystemClock } from '../../../src/edges/system/system-clock.ts';
import type { ReplyFunction, RequestContent, SendOutcome, SipRequest } from '../../../src/ports/sip-transport.ts';
import { MemoryCounters } from '../../fakes/memory-counters.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { SeededRandom } from '../../fakes/seeded-random.ts';

/** Loaded machines are slow: what has to happen gets this long. */
export const PATIENCE = { timeout: 20_000, interval: 5 };

/** A transport on real sockets, with all that came to its handler. */
export interface Node {
  readonly transport: SocketTransport;
  readonly counters: MemoryCounters;
  readonly log: MemoryLog;
  readonly requests: SipRequest[];
  /** Answers the requests; may be replaced. */
  answer: (request: SipRequest, reply: ReplyFunction) => void;
  uri(transport?: TransportName): NodeUri;
}

let seed = 1;

/** A transport that listens on the given transports of one loopback address, each on a free port. */
export async function startNode(
  listen: readonly TransportName[] = ['udp'],
  options: Partial<SocketTransportOptions> = {},
  host = '127.0.0.1',
): Promise<Node> {
  const counters = new MemoryCounters();
  const log = new MemoryLog();
  const transport = new SocketTransport({
    listen: listen.map((name) => ({ transport: name, host, port: 0 })),
    announced: { host, port: 0, transport: listen[0] ?? 'udp' },
    product: 'kdmq/test',
    allow: ['KDMQ', 'OPTIONS'],
    maxMessageSize: 70_000,
    maxConnections: 500,
    maxConnectionsPerAddress: 500,
    clock: new SystemClock(),
    random: new SeededRandom(seed++),
    rememberedRequests: 2 ** 12,
    log,
    counters,
    ...options,
  });
  const node: Node = {
    transport,
    counters,
    log,
    requests: [],
    answer: (_request, reply) => reply({ code: 200 }),
    uri: (name = listen[0] ?? 'udp') => {
      const port = transport.listening.find((address) => address.transport === name)?.port ?? 0;
      return { host, port, transport: name };
    },
  };
  transport.onRequest((request, reply) => {
    node.requests.push(request);
    node.answer(request, reply);
  });
  await transport.start();
  onTestFinished(() => transport.stop());
  return node;
}

/** Sends and waits for the outcome. */
export function send(node: Node, target: NodeUri, more: Partial<RequestContent> = {}): Promise<SendOutcome> {
  return new Promise((resolve) =>
    node.transport.send({ channel: 'test', target, body: 'hello', maxForwards: 1, ...more }, resolve),
  );
}

/** A bare UDP socket that keeps what comes as text. */
export interface RawUdp {
  readonly socket: UdpSocket;
  readonly port: number;
  readonly received: string[];
  send(message: string | Uint8Array, to: NodeUri): void;
  /** The n-th message, once it has come. */
  message(index: number): Promise<string>;
}

export async function rawUdp(host = '127.0.0.1', port = 0): Promise<RawUdp> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const received: string[] = [];
  socket.on('message', (bytes) => received.push(bytes.toString('latin1')));
  socket.bind(port, host);
  await once(socket, 'listening');
  onTestFinished(() => {
    socket.close();
  });
  return {
    socket,
    received,
    port: socket.address().port,
    send: (message, to) => socket.send(message, to.port, to.host),
    message: (index) => nth(received, index),
  };
}

/** A bare TCP connection that keeps what comes as text. */
export interface RawTcp {
  readonly socket: Socket;
  readonly text: () => string;
  readonly closed: () => boolean;
  send(message: string | Uint8Array): void;
}

export async function rawTcp(to: NodeUri): Promise<RawTcp> {
  const socket = connect({ host: to.host, port: to.port });
  let text = '';
  let closed = false;
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  await once(socket, 'connect');
  onTestFinished(() => {
    socket.destroy();
  });
  return { socket, text: () => text, closed: () => closed, send: (message) => socket.write(message) };
}

async function nth(received: readonly string[], index: number): Promise<string> {
  await vi.waitFor(() => {
    if (received.length <= index) throw new Error(`${received.length} messages came, ${index + 1} were expected`);
  }, PATIENCE);
  return received[index]!;
}

/** Parts of a request; the rest is filled in. */
export interface RequestParts {
  readonly method?: string;
  readonly transport?: string;
  readonly sentBy?: string;
  readonly branch?: string;
  readonly viaParameters?: string;
  readonly callId?: string;
  readonly body?: string;
  readonly headers?: readonly string[];
}

let branches = 0;

/** A well-formed request as text. */
export function requestText(parts: RequestParts = {}): string {
  const { method = 'KDMQ', transport = 'UDP', sentBy = '127.0.0.1:9', body = '' } = parts;
  const branch = parts.branch ?? `z9hG4bKtest${branches++}`;
  return [
    `${method} sip:test@127.0.0.1:5060 SIP/2.0`,
    `Via: SIP/2.0/${transport} ${sentBy};branch=${branch}${parts.viaParameters ?? ';rport'}`,
    'From: <sip:test@127.0.0.1:9>;tag=a',
    'To: <sip:test@127.0.0.1:5060>',
    `Call-ID: ${parts.callId ?? branch}`,
    `CSeq: 10 ${method}`,
    'Max-Forwards: 1',
    ...(parts.headers ?? []),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

/** The reply to a request that came over a bare socket. */
export function replyText(request: string, code: number, reason = 'OK'): string {
  const kept = request.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/.test(line));
  return [`SIP/2.0 ${code} ${reason}`, ...kept, 'Content-Length: 0', '', ''].join('\r\n');
}

/** First value of a header in a message's text. */
export function headerOf(message: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)\r$`, 'im').exec(message)?.[1];
}
