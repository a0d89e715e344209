import { describe, expect, it } from 'vitest';
import { isCrossSite, isLocalHost } from '../../../src/core/http/browser-headers.ts';

const program = {
  method: 'POST',
  host: 'kdmq.example:8080',
  origin: undefined,
  site: undefined,
  mode: undefined,
  dest: undefined,
};

describe('a request for another site', () => {
  it.each([
    ['a program', {}, false],
    ['a page of this origin', { origin: 'http://kdmq.example:8080', site: 'same-origin' }, false],
    ['a page of this origin, in an old browser', { origin: 'http://KDMQ.example:8080' }, false],
    ['what was typed into the address bar', { method: 'GET', site: 'none', mode: 'navigate' }, false],
    ['a form of another site', { site: 'cross-site', mode: 'navigate', origin: 'http://evil.example' }, true],
    ['an image of another site', { method: 'GET', site: 'cross-site', mode: 'no-cors' }, true],
    ['a page of a neighbouring name', { site: 'same-site', origin: 'http://other.example' }, true],
    ['another site in an old browser', { origin: 'http://evil.example' }, true],
    ['another port', { origin: 'http://kdmq.example:9090' }, true],
    ['a sandboxed page', { origin: 'null' }, true],
  ])('%s: %o', (_, headers, crossSite) => {
    expect(isCrossSite({ ...program, ...headers }, true)).toBe(crossSite);
  });

  const followed = { ...program, method: 'GET', site: 'cross-site', mode: 'navigate', dest: 'document' };

  it.each([
    ['a link to a page that is followed', followed, true, false],
    ['a link of a neighbouring name', { ...followed, site: 'same-site' }, true, false],
    ['a link, or a pop-up, to what is no page', followed, false, true],
    ['a frame', { ...followed, dest: 'iframe' }, true, true],
    ['an embedded object', { ...followed, dest: 'object' }, true, true],
    ['what does not say where it is to be shown', { ...followed, dest: undefined }, true, true],
    ['a form that is sent', { ...followed, method: 'POST' }, true, true],
  ])('%s', (_, headers, isPage, crossSite) => expect(isCrossSite(headers, isPage)).toBe(crossSite));
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
