import { describe, expect, it } from 'vitest';
import { kamailioFaults } from '../../src/core/kamailio-faults.ts';

const OLD = 'kamailio (5.6.3 (x86_64/linux))';
const NEW = 'kamailio (6.1.5 (x86_64/linux))';
const nodes = (number: number, port = 5060) =>
  Array.from({ length: number }, (_, index) => ({ host: `10.0.0.${100 + index}`, port, transport: 'udp' as const }));

describe('what is known to go wrong at a Kamailio', () => {
  it.each([OLD, NEW])('is nothing while its list is short: %s', (software) => {
    expect(kamailioFaults(software, nodes(10))).toEqual([]);
  });

  it('is a list that is nearly full', () => {
    expect(kamailioFaults(OLD, nodes(26))).toEqual([expect.stringMatching(/^its list takes \d+ of the 1024 bytes/)]);
  });

  it('is a name in its list', () => {
    const named = [...nodes(1), { host: 'edge.example.org', port: 5060, transport: 'udp' as const }];
    for (const software of [OLD, NEW]) {
      expect(kamailioFaults(software, named)).toEqual([
        expect.stringMatching(/^edge\.example\.org in its list is a name/),
      ]);
    }
  });

  it('is two nodes on one IP address, from 6 on', () => {
    const doubled = [...nodes(1), ...nodes(1, 5070)];
    expect(kamailioFaults(NEW, doubled)).toEqual([expect.stringContaining('10.0.0.100 stands in its list twice')]);
    expect(kamailioFaults(OLD, doubled)).toEqual([]);
  });
});
