/** Bounds of one stream connection. Times in milliseconds, sizes in bytes. */
export interface StreamLimits {
  /** Until a connection that we open is usable, TLS handshake included. */
  readonly connectMs: number;
  /** From the first byte of a message to the end of its headers. */
  readonly headerMs: number;
  /** From the first byte of a message to its last. */
  readonly messageMs: number;
  /** A connection without traffic, with nobody waiting on it, is closed after this time. */
  readonly idleMs: number;
  /** How long the other side may read nothing while we have bytes for it. */
  readonly stallMs: number;
  /** Bytes that may wait for the other side to read. */
  readonly writeBuffer: number;
}

export const STREAM_LIMITS: StreamLimits = {
  connectMs: 5_000,
  headerMs: 5_000,
  messageMs: 30_000,
  idleMs: 120_000,
  stallMs: 15_000,
  writeBuffer: 4 * 2 ** 20,
};

/** How often a connection looks at its deadlines. */
export const STREAM_CHECK_MS = 500;
/** A held connection sends a keep-alive this often (RFC 5626 3.5.1), so that the other side never finds it idle. */
export const KEEP_ALIVE_MS = 30_000;
