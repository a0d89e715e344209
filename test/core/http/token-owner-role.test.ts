import { expect, it } from 'vitest';
import { type NamedOwners, type OwnerNames, tokenOwnerRole } from '../../../src/core/http/token-owner-role.ts';

const named: NamedOwners = {
  read: [
    { kind: 'group', name: 'system:serviceaccounts:voice' },
    { kind: 'user', name: 'bob' },
  ],
  write: [
    { kind: 'user', name: 'system:serviceaccount:voice:operator' },
    { kind: 'group', name: 'admins' },
    { kind: 'user', name: 'alice' },
  ],
};

it.each<[what: string, owner: OwnerNames, role: string | undefined]>([
  ['a user who may write', { user: 'alice', groups: [] }, 'write'],
  ['a user who may read', { user: 'bob', groups: ['others'] }, 'read'],
  ['one of a group that may read', { user: 'x', groups: ['a', 'system:serviceaccounts:voice'] }, 'read'],
  [
    'named twice: the stronger role',
    { user: 'system:serviceaccount:voice:operator', groups: ['system:serviceaccounts:voice'] },
    'write',
  ],
  ['one of a group that may write', { user: 'x', groups: ['admins'] }, 'write'],
  ['nobody who is named', { user: 'eve', groups: ['system:authenticated'] }, undefined],
  ['a user that is called as a group', { user: 'admins', groups: [] }, undefined],
  ['a group that is called as a user', { user: 'eve', groups: ['alice'] }, undefined],
  ['another case', { user: 'Alice', groups: [] }, undefined],
])('%s', (_, owner, role) => expect(tokenOwnerRole(owner, named)).toBe(role));

it('nobody has a role where nobody is named', () => {
  expect(tokenOwnerRole({ user: '', groups: [''] }, { read: [], write: [] })).toBeUndefined();
});
