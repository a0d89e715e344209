import { describe, expect, it } from 'vitest';
import { News } from '../../src/bus/news.ts';
import type { Fact } from '../../src/core/gossip-message.ts';
import { identityOf, toldOf } from '../core/records.ts';
import { SeededRandom } from '../fakes/seeded-random.ts';
import { newDirectory } from './directory-with.ts';

function newNews(fellows: number) {
  const { directory, clock, join, end, local } = newDirectory();
  for (let index = 0; index < fellows; index++) join(`10.1.0.${index + 1}`);
  const sent: { readonly to: string; readonly facts: readonly Fact[] }[] = [];
  const send = (uri: { host: string }, facts: readonly Fact[]): void => void sent.push({ to: uri.host, facts });
  const news = new News({ directory, clock, random: new SeededRandom(1), send });
  return { news, directory, clock, join, end, local, sent };
}
const claims = (facts: readonly Fact[]): string[] =>
  facts.map(({ node, claim }) => `${node.uri.host} ${claim.incarnation} ${claim.state}`);

describe('a change', () => {
  it('is told to everybody at once in a small bus', () => {
    const { clock, end, sent } = newNews(5);
    end('10.1.0.5', 'silent');
    clock.advance(10);
    expect(sent.map(({ to }) => to).sort()).toEqual(['10.1.0.1', '10.1.0.2', '10.1.0.3', '10.1.0.4']);
    expect(claims(sent[0]!.facts)).toEqual(['10.1.0.5 1 dead']);
  });

  it('is told to a few in a large bus, in two waves, and costs no more the larger it is', () => {
    const { clock, end, sent } = newNews(100);
    end('10.1.0.5', 'silent');
    clock.advance(10);
    expect(sent).toHaveLength(4);
    clock.advance(10_000);
    expect(sent).toHaveLength(8);
  });

  it('travels together with those of the same moment', () => {
    const { clock, end, sent } = newNews(3);
    end('10.1.0.1', 'silent');
    end('10.1.0.2', 'silent');
    clock.advance(10);
    expect(sent.map(({ facts }) => claims(facts))).toEqual([['10.1.0.1 1 dead', '10.1.0.2 1 dead']]);
  });

  it('that is overtaken within that moment is told as it stands then', () => {
    const { clock, end, sent } = newNews(2);
    end('10.1.0.1', 'unanswered');
    end('10.1.0.1', 'silent');
    clock.advance(10);
    expect(sent.map(({ facts }) => claims(facts))).toEqual([['10.1.0.1 1 dead']]);
  });

  it('of many nodes is cut into messages of 8', () => {
    const { directory, clock, sent } = newNews(1);
    for (let index = 0; index < 50; index++) {
      directory.record(toldOf(identityOf(`10.2.0.${index}`), { incarnation: 1, state: 'alive' }), 'gossip');
    }
    clock.advance(10);
    expect(sent.map(({ facts }) => facts.length)).toEqual([8, 8, 8, 8, 8, 8, 2]);
  });

  it('that stands in somebody’s whole list is no news', () => {
    const { directory, clock, news, sent } = newNews(3);
    const old = { ...toldOf(identityOf('10.2.0.1'), { incarnation: 1, state: 'alive' }), fresh: false };
    directory.record(old, 'gossip');
    clock.advance(10_000);
    expect([sent.length, news.take(5).length]).toEqual([0, 0]);
  });

  it('of anything but the claim is none', () => {
    const { directory, clock, sent } = newNews(3);
    directory.record({ kind: 'missed', key: 'udp:10.1.0.1:5060' }, 'silent');
    directory.record({ kind: 'listed', key: 'udp:10.1.0.1:5060', listed: true }, 'DNS');
    clock.advance(10_000);
    expect(sent).toEqual([]);
  });

  it('goes along with the next probes, three times', () => {
    const { news, end } = newNews(3);
    end('10.1.0.1', 'silent');
    for (let time = 0; time < 3; time++) expect(claims(news.take(20))).toEqual(['10.1.0.1 1 dead']);
    expect(news.take(20)).toEqual([]);
  });
});

it('what this node says of itself is told like any other change', () => {
  const { news, local, clock, sent } = newNews(1);
  local.contradict({ instance: local.instance, claim: { incarnation: 1_000, state: 'suspect' } });
  news.tellOfLocal();
  clock.advance(10);
  expect(claims(sent[0]!.facts)).toEqual(['10.0.0.1 1001 alive']);
});

it('after the stop nothing is told', () => {
  const { news, clock, end, sent } = newNews(3);
  end('10.1.0.1', 'silent');
  news.stop();
  end('10.1.0.2', 'silent');
  clock.advance(10_000);
  expect(sent).toEqual([]);
});
