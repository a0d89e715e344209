import { describe, expect, it } from 'vitest';
import { isCrossSite, isLocalHost } from '../../../src/core/http/browser-headers.ts';

const program = { method: 'POST', host: 'kdmq.example:8080', origin: undefined, site: undefined, mode: undefined };

describe('a request for another site', () => {
  it.each([
    ['a program', {}, false],
    ['a page of this origin', { origin: 'http://kdmq.example:8080', site: 'same-origin' }, false],
    ['a page of this origin, in an old browser', { origin: 'http://KDMQ.example:8080' }, false],
    ['what was typed into the address bar', { method: 'GET', site: 'none', mode: 'navigate' }, false],
    ['a link of another site that is followed', { method: 'GET', site: 'cross-site', mode: 'navigate' }, false],
    ['a form of another site', { site: 'cross-site', mode: 'navigate', origin: 'http://evil.example' }, true],
    ['an image of another site', { method: 'GET', site: 'cross-site', mode: 'no-cors' }, true],
    ['a page of a neighbouring name', { site: 'same-site', origin: 'http://other.example' }, true],
    ['another site in an old browser', { origin: 'http://evil.example' }, true],
    ['another port', { origin: 'http://kdmq.example:9090' }, true],
    ['a sandboxed page', { origin: 'null' }, true],
  ])('%s: %o', (_, headers, crossSite) => {
    expect(isCrossSite({ ...program, ...headers })).toBe(crossSite);
  });
});

describe('a Host header that only means this machine', () => {
  it.each([
    'localhost',
    'localhost:8080',
    'LOCALHOST:8080',
    'a.localhost:1',
    '127.0.0.1:8080',
    '127.1.2.3',
    '[::1]:8080',
  ])('%s', (host) => expect(isLocalHost(host)).toBe(true));

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example:127',
    '10.0.0.1',
    '[::2]:8080',
    '',
    undefined,
  ])('not %j', (host) => expect(isLocalHost(host)).toBe(false));
});
