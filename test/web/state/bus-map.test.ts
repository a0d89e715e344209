import { describe, expect, it } from 'vitest';
import type { NodeStatus, View } from '../../../web/state/api-answers.ts';
import { busMap } from '../../../web/state/bus-map.ts';

const uri = (name: string): string => `sip:10.0.0.${name}:5060`;
const said = (name: string, sees: Readonly<Record<string, NodeStatus>>, more: Partial<View> = {}): View => ({
  uri: uri(name),
  kind: 'kdmq',
  local: false,
  partial: false,
  nodes: Object.entries(sees).map(([other, status]) => ({ uri: uri(other), status })),
  ...more,
});
const silent = (name: string, error: string, code?: number): View => ({
  uri: uri(name),
  kind: 'kdmq',
  local: false,
  partial: false,
  error,
  ...(code !== undefined && { code }),
});
const nodes = (...names: readonly string[]) => names.map((name) => ({ uri: uri(name) }));
const all = { 1: 'active', 2: 'active', 3: 'active' } as const;
const splits = (views: readonly View[], names = ['1', '2', '3']): string[] =>
  busMap(nodes(...names), views)
    .columns.filter(({ isSplit }) => isSplit)
    .map((column) => column.uri);

describe('the bus map', () => {
  it('has no split where all see all', () => {
    const map = busMap(nodes('1', '2', '3'), [said('1', all), said('2', all), said('3', all)]);
    expect(map.splits).toBe(0);
    expect(map.rows.map(({ sights }) => sights.join(' '))).toEqual([
      'self active active',
      'active self active',
      'active active self',
    ]);
  });

  it.each<[string, readonly View[], readonly string[]]>([
    ['somebody does not have it in its list', [said('1', all), said('2', { 1: 'active', 2: 'active' })], ['3']],
    ['somebody holds it as disabled', [said('1', all), said('2', { ...all, 3: 'disabled' })], ['3']],
    ['somebody sees it and this node does not', [said('1', { ...all, 3: 'not_active' }), said('2', all)], ['3']],
    [
      'two sides see only themselves',
      [said('1', { 1: 'active', 2: 'active' }), said('2', all), said('3', { 3: 'active' })],
      ['1', '2', '3'],
    ],
  ])('shows a node as split when %s', (_, views, expected) => {
    expect(splits(views)).toEqual(expected.map(uri));
  });

  it.each<[string, readonly View[]]>([
    ['all hold it as gone', [said('1', { ...all, 3: 'disabled' }), said('2', { ...all, 3: 'not_active' })]],
    ['the one that should see it has said nothing', [said('1', all), silent('2', 'timeout')]],
    [
      'a list has no room for it',
      [said('1', all), said('2', { 1: 'active', 2: 'active' }, { kind: 'kamailio', partial: true })],
    ],
  ])('does not show a node as split when %s', (_, views) => {
    expect(splits(views)).toEqual([]);
  });

  it('knows nothing of what a silent node sees, and says why', () => {
    const map = busMap(nodes('1', '2', '3'), [said('1', all), silent('2', 'timeout'), silent('3', 'refused', 403)]);
    expect(map.rows[1]).toMatchObject({ silence: 'no answer within a second', sights: ['unknown', 'self', 'unknown'] });
    expect(map.rows[2]?.silence).toBe('refused with 403');
  });

  it('has a column for a node that only others see, by an address', () => {
    const named = { uri: 'sip:kdmq.example.org:5060', status: 'active' } as const;
    const other = said('2', { ...all, 9: 'active' });
    const map = busMap(nodes('1', '2', '3'), [said('1', all), { ...other, nodes: [...(other.nodes ?? []), named] }]);
    expect(map.columns.map((column) => column.uri)).toEqual(['1', '2', '3', '9'].map(uri));
    expect(map.columns[3]?.isSplit).toBe(true);
  });

  it('has 64 columns at most', () => {
    const names = Array.from({ length: 100 }, (_, index) => String(index));
    const map = busMap(
      nodes(...names),
      names.map((name) => said(name, {})),
    );
    expect([map.columns.length, map.rows.length]).toEqual([64, 64]);
  });
});
