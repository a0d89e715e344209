import { describe, expect, it } from 'vitest';
import type { TransportName } from '../../src/core/node-uri.ts';
import { isOwnAddress } from '../../src/core/own-address.ts';

const uri = (text: string) => {
  const [transport, rest = ''] = text.split('|') as [TransportName, string];
  const colon = rest.lastIndexOf(':');
  return { transport, host: rest.slice(0, colon), port: Number(rest.slice(colon + 1)) };
};

describe('a node recognises itself', () => {
  it.each([
    [
      'by what it announces, bound elsewhere',
      'udp|203.0.113.9:5060',
      ['udp|10.0.0.5:5070'],
      [],
      'udp|203.0.113.9:5060',
      true,
    ],
    ['by a socket of its own', 'udp|203.0.113.9:5060', ['udp|10.0.0.5:5070'], [], 'udp|10.0.0.5:5070', true],
    [
      'not by another port of that socket',
      'udp|203.0.113.9:5060',
      ['udp|10.0.0.5:5070'],
      [],
      'udp|10.0.0.5:5060',
      false,
    ],
    ['not by another transport', 'udp|10.0.0.5:5060', ['udp|10.0.0.5:5060'], [], 'tcp|10.0.0.5:5060', false],
    [
      'bound to all, by an interface',
      'udp|n.example:5060',
      ['udp|0.0.0.0:5060'],
      ['10.0.0.5'],
      'udp|10.0.0.5:5060',
      true,
    ],
    [
      'bound to all, not by a foreign address',
      'udp|n.example:5060',
      ['udp|0.0.0.0:5060'],
      ['10.0.0.5'],
      'udp|10.0.0.6:5060',
      false,
    ],
    ['IPv4 wildcard: not by IPv6', 'udp|n.example:5060', ['udp|0.0.0.0:5060'], ['fd00::5'], 'udp|fd00::5:5060', false],
    ['IPv6 wildcard: by IPv6', 'udp|n.example:5060', ['udp|:::5060'], ['fd00::5'], 'udp|fd00::5:5060', true],
    ['IPv6 wildcard: by IPv4 too', 'udp|n.example:5060', ['udp|:::5060'], ['10.0.0.5'], 'udp|10.0.0.5:5060', true],
    ['IPv6 written at length', 'udp|n.example:5060', ['udp|fd00:0:0:0:0:0:0:5:5060'], [], 'udp|fd00::5:5060', true],
    [
      'several nodes on one host network',
      'udp|10.0.0.5:5060',
      ['udp|0.0.0.0:5060'],
      ['10.0.0.5'],
      'udp|10.0.0.5:5070',
      false,
    ],
  ])('%s', (_what, announced, listen, interfaces, asked, expected) => {
    expect(isOwnAddress(uri(asked), { announced: uri(announced), listen: listen.map(uri), interfaces })).toBe(expected);
  });
});
