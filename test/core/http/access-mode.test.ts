import { describe, expect, it } from 'vitest';
import { type AccessSettings, accessMode, credentialsOf } from '../../../src/core/http/access-mode.ts';

const none: AccessSettings = {
  http_access: 'auto',
  http_read_token: undefined,
  http_read_token_file: undefined,
  http_write_token: undefined,
  http_write_token_file: undefined,
  http_token_review: false,
  http_tls_client_ca: undefined,
};

describe('who may use what is not open to all', () => {
  it.each<[string, Partial<AccessSettings>, string, string]>([
    ['at a loopback address', {}, '127.0.0.1', 'local'],
    ['at another loopback address', {}, '127.1.2.3', 'local'],
    ['at the loopback address of IPv6', {}, '::1', 'local'],
    ['at an address of the network', {}, '10.0.0.1', 'unset'],
    ['at all addresses', {}, '0.0.0.0', 'unset'],
    ['at all addresses of IPv6', {}, '::', 'unset'],
    ['with a token', { http_read_token: 't' }, '0.0.0.0', 'guarded'],
    ['with a token at a loopback address', { http_write_token_file: '/f' }, '127.0.0.1', 'guarded'],
    ['with tokens that Kubernetes reviews', { http_token_review: true }, '127.0.0.1', 'guarded'],
    ['with certificates', { http_tls_client_ca: '/f' }, '::', 'guarded'],
    ['when it is said to be open', { http_access: 'open' }, '0.0.0.0', 'open'],
  ])('%s', (_, change, host, mode) => {
    expect(accessMode({ ...none, ...change }, { host, port: 8080 })).toBe(mode);
  });

  it('is said by these settings', () => {
    expect(credentialsOf(none)).toEqual([]);
    expect(credentialsOf({ ...none, http_write_token: 't', http_read_token_file: '/f' })).toEqual([
      'http_read_token_file',
      'http_write_token',
    ]);
  });
});
