import { describe, expect, it } from 'vitest';
import { tlsTroubleOf } from '../../src/cli/tls-trouble.ts';

/** As OpenSSL writes it: a thread, a code, and where in its source. */
const openssl = (words: string) =>
  `40ED81FF2C7F0000:error:0A000418:SSL routines:ssl3_read_bytes:${words}:../rec.c:918:\n`;

describe('an error of OpenSSL', () => {
  it.each([
    ['tlsv1 alert unknown ca', 'unknown ca'],
    ['tlsv13 alert certificate required', 'certificate required'],
    ['sslv3 alert bad certificate', 'bad certificate'],
    ['ssl/tls alert handshake failure', 'handshake failure'],
  ])('%s is an alert', (words, alert) => {
    expect(tlsTroubleOf(openssl(words))).toEqual({ kind: 'alert', words: alert });
  });

  it.each(['wrong version number', 'packet length too long', 'http request'])('%s is no TLS at all', (words) => {
    expect(tlsTroubleOf(openssl(words))).toEqual({ kind: 'not TLS' });
  });

  it('is about something else', () => expect(tlsTroubleOf('socket hang up')).toBeUndefined());
});
