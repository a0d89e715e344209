import { describe, expect, it } from 'vitest';
import { audienceFormat, tokenOwnersFormat } from '../../../src/core/settings/token-owner-format.ts';

const { read, write } = tokenOwnersFormat;

describe('the owners of tokens', () => {
  it.each<[unknown, readonly string[]]>([
    ['serviceaccount:voice/operator', ['serviceaccount:voice/operator']],
    ['user:alice@example.org, group:admins', ['user:alice@example.org', 'group:admins']],
    [['group:system:serviceaccounts:voice'], ['group:system:serviceaccounts:voice']],
    ['user:system:serviceaccount:voice:operator', ['serviceaccount:voice/operator']],
    ['', []],
  ])('are read: %j', (raw, written) => {
    const reading = read(raw);
    expect(reading.ok && write(reading.value)).toEqual(written);
  });

  it('a service account is a user of the Kubernetes API', () => {
    const value = [{ kind: 'user', name: 'system:serviceaccount:voice:operator' }];
    expect(read('serviceaccount:voice/operator')).toEqual({ ok: true, value });
  });

  it.each<[unknown, string, string | undefined]>([
    ['alice', 'holds "alice", of which nobody knows whether it is a user or a group', 'user:alice'],
    [
      'system:serviceaccounts:voice',
      'holds "system:serviceaccounts:voice", of which nobody knows whether it is a user or a group',
      'group:system:serviceaccounts:voice',
    ],
    [
      'serviceaccount:operator',
      'holds "serviceaccount:operator", which names no namespace and service account',
      undefined,
    ],
    ['user:', 'holds "user:", which names nobody', undefined],
    [
      'group:system:unauthenticated',
      'holds "group:system:unauthenticated": who shows no token never gets a role',
      undefined,
    ],
    [{ user: 'alice' }, 'is a map', undefined],
  ])('are refused: %j %s', (raw, problem, suggestion) => {
    expect(read(raw)).toEqual({ ok: false, problem, ...(suggestion === undefined ? {} : { suggestion }) });
  });
});

describe('an audience', () => {
  it.each([
    ['kdmq', true],
    ['https://kubernetes.default.svc', true],
    ['', false],
    ['two words', false],
    [7, false],
  ])('%j', (raw, isRight) => expect(audienceFormat.read(raw).ok).toBe(isRight));
});
