import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fittingNodes,
  joinLists,
  kamailioListBytes,
  lineBytes,
  readKamailioList,
} from '../../src/core/kamailio-list.ts';
import { type NodeUri, nodeKey } from '../../src/core/node-uri.ts';
import { writeNotificationLine } from '../../src/core/notification.ts';

const uri = (index: number): NodeUri => ({ host: `10.0.0.${index}`, port: 5060, transport: 'udp' });
/** A Kamailio's list of so many nodes, the youngest first and itself last, as it writes it. */
const listOf = (count: number): string =>
  Array.from({ length: count }, (_, index) => writeNotificationLine(uri(count - index), 'active')).join('');

describe('a Kamailio’s list', () => {
  it('is read as the nodes that it holds active, and its size', () => {
    const body = `${writeNotificationLine(uri(9), 'disabled')}${listOf(2)}`;
    expect(readKamailioList(body)).toEqual({
      nodes: new Map([2, 1].map((index) => [nodeKey(uri(index)), lineBytes(uri(index))])),
      bytes: body.length,
      surplus: new Set(),
    });
  });

  it('that is overfull names as surplus the youngest: elders stay', () => {
    const { surplus } = readKamailioList(listOf(40));
    expect(surplus).toContain(nodeKey(uri(40)));
    expect(surplus).not.toContain(nodeKey(uri(1)));
  });

  it('is the size that Kamailio writes: its line is ours', () => {
    expect(lineBytes(uri(1))).toBe('sip:10.0.0.1:5060;status=active\r\n'.length);
  });
});

describe('the lists of Kamailio nodes that tell one another', () => {
  it('become one, in which each node stands once', () => {
    const other = readKamailioList([uri(4), uri(2)].map((each) => writeNotificationLine(each, 'active')).join(''));
    const joint = joinLists([readKamailioList(listOf(3)), other]);
    expect(joint).toEqual({ ...readKamailioList(listOf(4)), surplus: new Set() });
  });
});

describe('the nodes that fit', () => {
  it('are those that it holds already and those for which there is room, in their order', () => {
    const held = readKamailioList(listOf(5));
    expect(fittingNodes([uri(7), uri(3), uri(6)], held)).toEqual([uri(7), uri(3), uri(6)]);
  });

  it('are only those that it holds where there is no room', () => {
    const held = readKamailioList(listOf(30));
    expect(fittingNodes([uri(40), uri(3), uri(41)], held)).toEqual([uri(3)]);
  });

  it('never make the list larger than Kamailio’s buffer', () => {
    const asked = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 60 });
    fc.assert(
      fc.property(fc.nat(24), asked, (count, indexes) => {
        const held = readKamailioList(listOf(count));
        const added = fittingNodes(indexes.map(uri), held).filter((node) => !held.nodes.has(nodeKey(node)));
        const bytes = added.reduce((sum, node) => sum + lineBytes(node), held.bytes);
        expect(bytes).toBeLessThanOrEqual(kamailioListBytes);
      }),
    );
  });
});
