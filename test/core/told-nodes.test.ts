import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeRecord } from '../../src/core/node-record.ts';
import { type NodeUri, nodeKey } from '../../src/core/node-uri.ts';
import { writeNotificationLine } from '../../src/core/notification.ts';
import { type TellableNode, toldNodes } from '../../src/core/told-nodes.ts';
import { activeRecord } from './records.ts';

const ipv4 = (index: number): NodeUri => ({ host: `10.0.0.${index}`, port: 5060, transport: 'udp' });
const ours = (count: number, uri = ipv4): TellableNode[] =>
  Array.from({ length: count }, (_, index) => ({ uri: uri(index + 1), incarnation: 1_000 + index }));
const kamailios = (count: number): NodeRecord[] =>
  Array.from({ length: count }, (_, index) => activeRecord(`10.1.0.${index + 1}`, 'kamailio'));

/** The list as a Kamailio that has been told would write it. */
const bytesAtKamailio = (told: ReadonlySet<string>, nodes: readonly TellableNode[], others: readonly NodeRecord[]) =>
  [...nodes.filter(({ uri }) => told.has(nodeKey(uri))), ...others]
    .map(({ uri }) => writeNotificationLine(uri, 'active').length)
    .reduce((sum, length) => sum + length, 0);

describe('which of our nodes are told to Kamailio nodes', () => {
  it('all, as long as Kamailio’s list of 1,024 bytes holds them', () => {
    expect(toldNodes(ours(20), kamailios(1)).size).toBe(20);
  });

  it('of 60 the oldest, as many as fit', () => {
    const told = toldNodes(ours(60), kamailios(1));
    expect(told.size).toBeGreaterThanOrEqual(20);
    expect(told.size).toBeLessThanOrEqual(30);
    expect([...told]).toEqual(ours(told.size).map(({ uri }) => nodeKey(uri)));
  });

  it('fewer where their lines are longer', () => {
    const long = (index: number): NodeUri => ({
      host: `fd00:1234:5678:9abc:def0:1234:5678:${index}`,
      port: 15060,
      transport: 'tls',
    });
    expect(toldNodes(ours(60, long), []).size).toBeLessThan(toldNodes(ours(60), []).size);
  });

  it.each([
    ['a Kamailio 6.1, which knows nodes by their address: the oldest', 'kamailio (6.1.5 (x86_64/linux))', 1],
    ['a Kamailio 5.6: all', 'kamailio (5.6.3 (x86_64/linux))', 3],
  ])('of those on one IP address, beside %s', (_what, software, count) => {
    const samePlace = ours(3, (index) => ({ ...ipv4(1), port: 5060 + index }));
    const told = toldNodes(samePlace, [{ ...kamailios(1)[0]!, software }]);
    expect([...told]).toEqual(samePlace.slice(0, count).map(({ uri }) => nodeKey(uri)));
  });

  it('none when the Kamailio nodes alone fill the list', () => {
    expect(toldNodes(ours(3), kamailios(30)).size).toBe(0);
  });

  const anyBus = fc.tuple(
    fc.uniqueArray(fc.record({ index: fc.integer({ min: 1, max: 250 }), incarnation: fc.nat(20) }), {
      selector: ({ index }) => index,
      maxLength: 60,
    }),
    fc.nat(30),
  );
  const nodesOf = (list: readonly { index: number; incarnation: number }[]): TellableNode[] =>
    list.map(({ index, incarnation }) => ({ uri: ipv4(index), incarnation }));

  it('never more bytes than a Kamailio has, with room left for a Kamailio that comes', () => {
    fc.assert(
      fc.property(anyBus, ([list, others]) => {
        const [nodes, records] = [nodesOf(list), kamailios(others)];
        const told = toldNodes(nodes, records);
        if (told.size > 0) expect(bytesAtKamailio(told, nodes, records)).toBeLessThanOrEqual(1_024 - 2 * 34);
      }),
    );
  });

  it('the same at every node of the bus, in whatever order it has met the others', () => {
    const shuffled = anyBus.chain(([list, others]) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length }),
        fc.shuffledSubarray(kamailios(others), { minLength: others }),
        fc.constant(others),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([list, otherOrder, records, others]) => {
        expect(toldNodes(nodesOf(otherOrder), records)).toEqual(toldNodes(nodesOf(list), kamailios(others)));
      }),
    );
  });

  it('a newcomer never displaces an elder', () => {
    fc.assert(
      fc.property(anyBus, ([list, others]) => {
        const nodes = nodesOf(list);
        const newcomer = { uri: ipv4(251), incarnation: 1_000 };
        const before = toldNodes(nodes, kamailios(others));
        const after = toldNodes([...nodes, newcomer], kamailios(others));
        for (const key of before) expect(after).toContain(key);
      }),
    );
  });
});
