import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseResolvConf } from '../../src/core/resolv-conf.ts';
import { searchGoesOn, searchNames } from '../../src/core/search-list.ts';

const POD =
  'search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n';
const names = (name: string, file: string) => searchNames(name, parseResolvConf(file));

describe('the names that are asked for', () => {
  it.each([
    [
      'the service alone, in a pod',
      'kdmq',
      POD,
      ['kdmq.default.svc.cluster.local', 'kdmq.svc.cluster.local', 'kdmq.cluster.local', 'kdmq'],
    ],
    [
      'service and namespace, in a pod',
      'kdmq.voice',
      POD,
      [
        'kdmq.voice.default.svc.cluster.local',
        'kdmq.voice.svc.cluster.local',
        'kdmq.voice.cluster.local',
        'kdmq.voice',
      ],
    ],
    [
      'the whole name has four dots, fewer than ndots',
      'kdmq.voice.svc.cluster.local',
      POD,
      [
        'kdmq.voice.svc.cluster.local.default.svc.cluster.local',
        'kdmq.voice.svc.cluster.local.svc.cluster.local',
        'kdmq.voice.svc.cluster.local.cluster.local',
        'kdmq.voice.svc.cluster.local',
      ],
    ],
    ['a dot at the end: as it is', 'kdmq.voice.svc.cluster.local.', POD, ['kdmq.voice.svc.cluster.local']],
    ['a dot at the end of a single label', 'kdmq.', POD, ['kdmq']],
    ['ndots 1 is the default: a dot is enough', 'a.example', 'search x.org', ['a.example', 'a.example.x.org']],
    ['no dot: the search list first', 'a', 'search x.org', ['a.x.org', 'a']],
    ['ndots 0: as it is first', 'a', 'search x.org\noptions ndots:0', ['a', 'a.x.org']],
    ['exactly ndots dots: as it is first', 'a.b.c', 'search x\noptions ndots:2', ['a.b.c', 'a.b.c.x']],
    [
      'ndots is capped at 15',
      `${'a.'.repeat(15)}b`,
      'search x\noptions ndots:99',
      [`${'a.'.repeat(15)}b`, `${'a.'.repeat(15)}b.x`],
    ],
    ['no search list', 'a', 'nameserver 10.0.0.1', ['a']],
    ['the root in the search list', 'a', 'search . x.org', ['a', 'a.x.org']],
    ['no-tld-query', 'a', 'search x.org\noptions no-tld-query', ['a.x.org']],
    ['no-tld-query without a search list', 'a', 'options no-tld-query', ['a']],
    ['the last of domain and search wins', 'a', 'search x.org\ndomain y.org', ['a.y.org', 'a']],
    ['upper case and dots at the end of domains', 'A', 'search X.Org.', ['a.x.org', 'a']],
    ['a domain named twice', 'a', 'search x.org x.org', ['a.x.org', 'a']],
    [
      'names that get too long are left out',
      'a',
      `search ${'b'.repeat(63)}.${'c.'.repeat(95)}d x.org`,
      ['a.x.org', 'a'],
    ],
    ['only a dot', '.', POD, []],
  ])('%s', (_what, name, file, expected) => {
    expect(names(name, file)).toEqual(expected);
  });

  const label = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const name = fc.array(label, { minLength: 1, maxLength: 6 }).map((labels) => labels.join('.'));
  const conf = fc.record({
    search: fc.array(fc.oneof(name, fc.constant('')), { maxLength: 5 }),
    ndots: fc.nat({ max: 15 }),
    noTldQuery: fc.constant(false),
  });

  it('always hold the name itself, once, and otherwise the name in a search domain', () => {
    fc.assert(
      fc.property(name, conf, (asked, resolvConf) => {
        const list = searchNames(asked, resolvConf);
        expect(list.filter((one) => one === asked)).toHaveLength(1);
        expect(new Set(list).size).toBe(list.length);
        for (const one of list)
          expect([asked, ...resolvConf.search.map((domain) => `${asked}.${domain}`)]).toContain(one);
      }),
    );
  });

  it('keep the order of the search list, with the name itself first or last', () => {
    fc.assert(
      fc.property(name, conf, (asked, { search, ...rest }) => {
        const domains = [...new Set(search.filter((domain) => domain !== ''))];
        const searched = domains.map((domain) => `${asked}.${domain}`);
        const first = asked.split('.').length - 1 >= rest.ndots;
        const expected = first ? [asked, ...searched] : [...searched, asked];
        expect(searchNames(asked, { search: domains, ...rest })).toEqual(expected);
      }),
    );
  });

  it('are one when the name ends in a dot, whatever the file says', () => {
    fc.assert(
      fc.property(name, conf, (asked, resolvConf) => {
        expect(searchNames(`${asked}.`, resolvConf)).toEqual([asked]);
      }),
    );
  });
});

describe('the search', () => {
  it.each([
    ['absent', true],
    ['failed', true],
    ['found', false],
    ['unreachable', false],
  ] as const)('after "%s" goes on: %s', (outcome, expected) => {
    expect(searchGoesOn(outcome)).toBe(expected);
  });
});
