import { expect, it } from 'vitest';
import { certificateNames, certificateRole } from '../../../src/core/http/certificate-names.ts';

it.each([
  [undefined, undefined, []],
  ['operator', undefined, ['cn:operator']],
  [['one', 'two'], 'IP Address:10.0.0.1', ['cn:one', 'cn:two']],
  [undefined, 'DNS:a.example, URI:spiffe://b, email:c@d', ['dns:a.example', 'uri:spiffe://b', 'email:c@d']],
])('the names of a certificate are its common names and its subjectAltNames: %j, %j', (common, alternatives, names) => {
  expect(certificateNames(common, alternatives).map(({ kind, name }) => `${kind}:${name}`)).toEqual(names);
});

it('an entry that looks like several gives no name', () => {
  expect(certificateNames(undefined, 'DNS:"x, URI:spiffe://voice/operator, DNS:y"')).toEqual([]);
});

it.each([
  [{ kind: 'dns', name: 'OPERATOR.example' }, 'write'],
  [{ kind: 'uri', name: 'operator.example' }, 'read'],
  [{ kind: 'dns', name: 'reader.example' }, 'read'],
] as const)('a certificate with the name %j has the role %s', (name, role) => {
  const writers = [{ kind: 'dns', name: 'operator.example' }] as const;
  expect(certificateRole([name], writers, 'read')).toBe(role);
});
