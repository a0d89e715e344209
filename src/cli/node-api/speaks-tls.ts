import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { tlsTroubleOf } from '../tls-trouble.ts';

const WAIT_MS = 2_000;

/** Whether TLS is spoken where a URL leads. Never rejects; who says nothing for two seconds does not speak it. */
export function speaksTls({ hostname, port }: URL): Promise<boolean> {
  const host = hostname.replace(/^\[|\]$/g, '');
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({
    host,
    port: Number(port || 80),
    // Nothing is said over it.
    rejectUnauthorized: false,
    ...(isIP(host) === 0 && { servername: host }),
  });
  socket.once('secureConnect', () => resolve(true));
  socket.once('error', ({ message }) => resolve(tlsTroubleOf(message)?.kind === 'alert'));
  socket.once('close', () => resolve(false));
  socket.setTimeout(WAIT_MS, () => socket.destroy());
  return promise.finally(() => socket.destroy());
}
