import { expect, it } from 'vitest';
import { busParts } from '../../src/core/bus-parts.ts';
import type { NodeUri } from '../../src/core/node-uri.ts';

const node = (host: string): NodeUri => ({ host, port: 5060, transport: 'udp' });

it.each<[what: string, lists: Readonly<Record<string, string>>, parts: readonly string[]]>([
  ['nobody', {}, []],
  ['one alone', { a: 'a' }, ['a']],
  ['all know all', { a: 'ab', b: 'ab' }, ['ab']],
  ['only one knows the other', { a: 'ab', b: 'b' }, ['ab']],
  ['over one that was not asked', { a: 'ac', b: 'bc' }, ['ab']],
  ['two parts', { a: 'ab', c: 'cd', b: 'ab', d: 'cd' }, ['ab', 'cd']],
  ['two parts that the last one joins', { a: 'a', b: 'b', c: 'abc' }, ['abc']],
])('a bus falls into its parts: %s', (_, lists, parts) => {
  const said = Object.entries(lists).map(([host, holds]) => ({ uri: node(host), holds: [...holds].map(node) }));
  const found = busParts(said).map((part) =>
    part
      .map(({ host }) => host)
      .sort()
      .join(''),
  );
  expect(found.sort()).toEqual([...parts]);
});
