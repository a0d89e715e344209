import { describe, expect, it } from 'vitest';
import type { ListAnswer } from '../../../src/cli/ping/asking-node.ts';
import { answerLines } from '../../../src/cli/ping/ping-words.ts';

const asked = { channel: 'notification_peer', timeoutMs: 2_000, withList: true };

function words(
  transport: 'udp' | 'tcp' | 'tls',
  failure: 'unreachable' | 'untrusted' | 'timeout',
  detail: string,
): string {
  const answer: ListAnswer = { kind: 'silent', failure, detail };
  return answerLines({ host: '10.0.0.1', port: 5061, transport }, answer, asked);
}

describe('what kdmq ping says of a node that does not answer', () => {
  it.each([
    ['untrusted', '40ED:error:0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:../rec.c:918:\n'],
    ['unreachable', 'write EPROTO 40ED:error:0A000410:SSL routines:x:ssl/tls alert unknown ca:../rec.c:918:\n'],
  ] as const)('names our certificate where that is refused: %s', (failure, detail) => {
    expect(words('tls', failure, detail)).toBe(
      'sip:10.0.0.1:5061;transport=tls: it refuses our certificate (unknown ca). --tls-certificate and --tls-private-key have to be of an authority that it trusts (its tls_ca_list).\n',
    );
  });

  it('names its certificate where that is not trusted', () => {
    const text = words('tls', 'untrusted', 'self-signed certificate in certificate chain');
    expect(text).toContain(
      'its certificate is not trusted (self-signed certificate in certificate chain): see --tls-ca-list',
    );
  });

  it.each([
    [
      'unreachable',
      'write EPROTO 40ED:error:0A00010B:SSL routines:x:wrong version number:../m.c:77:\n',
      'it does not speak TLS on port 5061',
    ],
    ['unreachable', 'closed by the other side', 'A node that does not trust our certificate does that'],
    ['timeout', '', 'does it speak TLS there'],
  ] as const)('says that TLS may be spoken by nobody there: %s %s', (failure, detail, expected) => {
    expect(words('tls', failure, detail)).toContain(expected);
  });

  it('has nothing of TLS for UDP', () => {
    expect(words('udp', 'timeout', '')).not.toContain('TLS');
  });
});
