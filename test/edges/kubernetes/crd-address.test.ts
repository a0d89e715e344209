import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readDmqNode } from '../../../src/edges/kubernetes/read-dmq-node.ts';

interface AddressSchema {
  readonly pattern: string;
  readonly 'x-kubernetes-validations': readonly { readonly rule: string; readonly message: string }[];
}

const crd = parse(readFileSync('charts/kdmq/crds/dmqnodes.yaml', 'utf8'));
const schema: AddressSchema = crd.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.address;

/** The rules are CEL; what they use of it means the same in JavaScript. */
function holds(rule: string, text: string): boolean {
  const self = {
    contains: (part: string): boolean => text.includes(part),
    matches: (pattern: string): boolean => new RegExp(pattern).test(text),
  };
  return new Function('self', `return ${rule}`)(self) as boolean;
}

/** What the API server would say of the address; empty where it takes it. */
const complaints = (text: string): string[] => [
  ...(new RegExp(schema.pattern).test(text) ? [] : ['pattern']),
  ...schema['x-kubernetes-validations'].filter(({ rule }) => !holds(rule, text)).map(({ message }) => message),
];

const isRead = (address: string): boolean =>
  readDmqNode({ metadata: { name: 'edge', uid: 'u' }, spec: { address } }) !== undefined;

describe('the address of a declared DmqNode', () => {
  it.each([
    'sip:192.0.2.1',
    'sip:192.0.2.255:65535',
    'sip:10.0.0.1:5080;transport=tcp',
    'sips:10.0.0.1;transport=tcp',
    'sips:[2001:db8::1]:5071',
    'sip:[::ffff:192.0.2.1]:5060;transport=UDP',
  ])('%s is taken by Kubernetes and by the nodes', (text) => {
    expect(complaints(text)).toEqual([]);
    expect(isRead(text)).toBe(true);
  });

  it.each([
    ['sip:999.1.1.1', /must hold an IP address/],
    ['sip:010.0.0.1:5060', /must hold an IP address/],
    ['sip:1.2.3:5060', /must hold an IP address/],
    ['sip:1.2.3.4.5', /must hold an IP address/],
    ['sip:192.0.2.1:0', /port from 1 to 65535/],
    ['sip:192.0.2.1:99999', /port from 1 to 65535/],
    ['sip:[2001:db8::1]:65536;transport=tcp', /port from 1 to 65535/],
    ['sips:192.0.2.1;transport=udp', /TLS/],
    ['sip:kamailio.example.org', /pattern/],
  ])('%s is refused by Kubernetes, in words, and can not be read', (text, said) => {
    expect(complaints(text).join()).toMatch(said);
    expect(isRead(text)).toBe(false);
  });

  it('with IPv4 is taken by both or by neither', () => {
    const number = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom('00', '01', '255', '256'));
    const port = fc.oneof(
      fc.constantFrom('', ':0', ':1', ':65535', ':65536'),
      fc.nat(70_000).map((n) => `:${n}`),
    );
    const transport = fc.constantFrom('', ';transport=udp', ';transport=tcp', ';transport=TLS');
    const address = fc
      .tuple(fc.constantFrom('sip', 'sips'), fc.array(number, { minLength: 4, maxLength: 4 }), port, transport)
      .map(([scheme, numbers, tail, name]) => `${scheme}:${numbers.join('.')}${tail}${name}`);
    fc.assert(
      fc.property(address, (text) => {
        expect(complaints(text).length === 0, text).toBe(isRead(text));
      }),
    );
  });
});
