import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Counters } from '../../../ports/telemetry.ts';
import { ClientConnections } from './client-connections.ts';
import { RequestsUnderWay } from './requests-under-way.ts';

/** What a client may take of this node. */
export interface HttpLimits {
  /** Bytes. */
  readonly maxBody: number;
  readonly maxConnections: number;
  readonly requestTimeoutMs: number;
  /** How long an answer may wait for a client that does not read it, and a client for an answer; 120 s when left out. */
  readonly stallTimeoutMs?: number;
}

/** Whether HTTPS is served, and whether clients are asked for certificates. */
export type HttpTls = 'off' | 'on' | 'mutual';

/** A connection without a request. */
const keepAliveMs = 72_000;
/** More than any handler waits without a word: a fetch or a message takes 60 s at most. */
const defaultStallMs = 120_000;
/** Requests of one connection that are under way. What is pipelined is read at once, and each answer would be held in memory. */
const mostUnderWay = 16;
/** Of the connections, what one client may hold: the probes of Kubernetes come from another address and have to get in. */
const clientShare = 0.9;
/** How often it is looked for requests that take too long. */
const lookMs = 500;
/** Of the first line of a request and its headers together. */
export const maxHeaderBytes = 16_384;
const maxHeaders = 100;

export interface ServerParts {
  readonly limits: HttpLimits;
  readonly tls: HttpTls;
  readonly counters: Counters;
}

/**
 * A server within its bounds, not yet listening. Clients without a certificate get in: what they may see is decided on for each request,
 * for probes have none.
 */
export function makeServer(listener: RequestListener, { limits, tls, counters }: ServerParts): Server {
  const options = {
    maxHeaderSize: maxHeaderBytes,
    keepAliveTimeout: keepAliveMs,
    requestTimeout: limits.requestTimeoutMs,
    headersTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: lookMs,
  };
  const secure = {
    ...options,
    minVersion: 'TLSv1.2',
    requestCert: tls === 'mutual',
    rejectUnauthorized: false,
  } as const;
  const underWay = new RequestsUnderWay();
  const bounded: RequestListener = (request, response) => {
    const { socket } = request;
    // What was read of a connection that has been cut.
    if (socket.destroyed) return;
    if (underWay.of(socket) >= mostUnderWay) {
      counters.add('http_connections_cut', 'pipelined');
      socket.destroy();
      return;
    }
    underWay.begin(socket, response);
    listener(request, response);
  };
  const server = tls === 'off' ? createServer(options, bounded) : createTlsServer(secure, bounded);
  server.timeout = limits.stallTimeoutMs ?? defaultStallMs;
  server.on('timeout', (socket) => {
    // It comes for a connection without a request as well.
    if (underWay.of(socket) > 0) counters.add('http_connections_cut', 'stalled');
    socket.destroy();
  });
  server.maxConnections = limits.maxConnections;
  server.maxHeadersCount = maxHeaders;
  const clients = new ClientConnections(Math.ceil(limits.maxConnections * clientShare));
  server.on('connection', (socket) => {
    if (clients.admits(socket)) return;
    counters.add('http_connections_refused', 'per_address');
    socket.destroy();
  });
  server.on('drop', () => counters.add('http_connections_refused', 'total'));
  server.on('tlsClientError', () => counters.add('http_connections_refused', 'tls_handshake'));
  return server;
}

const reasons: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'timeout',
  HPE_HEADER_OVERFLOW: 'header',
  ECONNRESET: 'reset',
};

const statusLines: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

/** What is said to somebody whose request could not be read, and under which reason it is counted. */
export function unreadable(code: string | undefined): { readonly reason: string; readonly reply: string } {
  const status = statusLines[code ?? ''] ?? '400 Bad Request';
  return {
    reason: reasons[code ?? ''] ?? 'malformed',
    reply: `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  };
}
