import { describe, expect, it } from 'vitest';
import { httpNotes, httpProblems } from '../../../src/core/settings/http-checks.ts';
import { defaultSettings } from '../../bus/virtual-bus.ts';

type Http = Parameters<typeof httpProblems>[0];

const owner = { kind: 'user', name: 'alice' } as const;

const at = (host: string, change: Partial<Http> = {}): Http => ({
  ...defaultSettings,
  http_listen: { kind: 'address', host, port: 8080 },
  ...change,
});

describe('settings of HTTP that contradict each other', () => {
  it.each<[Partial<Http>, string, string]>([
    [
      { http_access: 'open', http_write_token: 't' },
      'http_access',
      'lets everybody do everything, and http_write_token is set',
    ],
    [{ http_metrics_access: 'token' }, 'http_metrics_access', 'asks for a token, and none is set'],
    [{ http_tls_private_key: '/k' }, 'http_tls_certificate', 'is not set: certificate and key go together'],
    [{ http_tls_certificate: '/c' }, 'http_tls_private_key', 'is not set: certificate and key go together'],
    [{ http_token_review: true }, 'http_token_review', 'is on, and nobody is named who gets a role'],
    [{ http_token_review_read: [owner] }, 'http_token_review_read', 'names somebody, and no token is reviewed'],
    [{ http_token_review_write: [owner] }, 'http_token_review_write', 'names somebody, and no token is reviewed'],
    [
      { http_access: 'open', http_token_review: true, http_token_review_read: [owner] },
      'http_access',
      'lets everybody do everything, and http_token_review is set',
    ],
    [{ http_tls_client_ca: '/a' }, 'http_tls_client_ca', 'asks for certificates, and HTTPS is not served'],
    [
      { http_tls_client_write: [{ kind: 'cn', name: 'a' }] },
      'http_tls_client_write',
      'names certificates, and none is asked for',
    ],
  ])('%o', (change, setting, problem) => {
    expect(httpProblems(at('127.0.0.1', change), new Map())).toMatchObject([{ setting, problem }]);
  });

  it.each<[Partial<Http>]>([
    [{}],
    [{ http_metrics_access: 'token', http_read_token_file: '/f' }],
    [{ http_tls_certificate: '/c', http_tls_private_key: '/k', http_tls_client_ca: '/a' }],
    [{ http_access: 'open' }],
    [{ http_token_review: true, http_token_review_read: [owner], http_metrics_access: 'token' }],
    [{ http_token_review: true, http_token_review_write: [owner] }],
  ])('not %o', (change) => expect(httpProblems(at('0.0.0.0', change), new Map())).toEqual([]));
});

describe('what is said at the start', () => {
  it.each<[string, Http, RegExp | undefined]>([
    [
      'an address that others reach, and nothing says who may',
      at('0.0.0.0'),
      /only \/livez, \/readyz and \/metrics are/,
    ],
    [
      'an address that others reach, open',
      at('::', { http_access: 'open' }),
      /^http_listen \[::\]:8080 with http_access/,
    ],
    ['an address that others reach, with tokens', at('0.0.0.0', { http_read_token: 't' }), undefined],
    ['an address that others reach, with token reviews', at('0.0.0.0', { http_token_review: true }), undefined],
    ['a loopback address', at('127.0.0.1'), undefined],
    ['a loopback address, open', at('127.0.0.1', { http_access: 'open' }), undefined],
    ['no HTTP', { ...at('0.0.0.0'), http_listen: { kind: 'off' } }, undefined],
  ])('%s', (_, settings, note) => {
    const notes = httpNotes(settings);
    expect(notes).toEqual(note === undefined ? [] : [expect.stringMatching(note)]);
  });
});
