import type { NamedOwner } from '../http/token-owner-role.ts';
import { kindOf, listItems, type Reading, right, type SettingFormat, wrong } from './setting-format.ts';

const SERVICE_ACCOUNT = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\/([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)$/;
const serviceAccountPrefix = 'system:serviceaccount:';
/** Who shows no token at all; a token is never theirs. */
const NOBODY = ['system:anonymous', 'system:unauthenticated'];

/** Users, groups and service accounts of Kubernetes. */
export const tokenOwnersFormat: SettingFormat<readonly NamedOwner[]> = {
  type: 'list of users and groups',
  expected: 'serviceaccount:NAMESPACE/NAME, user:NAME or group:NAME, for example serviceaccount:voice/operator',
  placeholder: 'owner',
  list: true,
  schema: ownersSchema(),
  read(raw) {
    const items = listItems(raw);
    if (items === undefined) return wrong(`is ${kindOf(raw)}`);
    const owners: NamedOwner[] = [];
    for (const item of items) {
      const reading = readOwner(item);
      if (!reading.ok) return reading;
      owners.push(reading.value);
    }
    return right(owners);
  },
  write: (owners) => owners.map(writeOwner),
};

function readOwner(item: string): Reading<NamedOwner> {
  const [, kind, name = ''] = /^([a-z]+):(.*)$/.exec(item) ?? [];
  if (kind === 'serviceaccount') {
    const [, namespace, account] = SERVICE_ACCOUNT.exec(name) ?? [];
    if (namespace === undefined) return wrong(`holds "${item}", which names no namespace and service account`);
    return right({ kind: 'user', name: `${serviceAccountPrefix}${namespace}:${account}` });
  }
  if (kind !== 'user' && kind !== 'group') {
    const suggestion = item.startsWith('system:serviceaccounts') ? `group:${item}` : `user:${item}`;
    return wrong(`holds "${item}", of which nobody knows whether it is a user or a group`, suggestion);
  }
  if (name === '') return wrong(`holds "${item}", which names nobody`);
  if (NOBODY.includes(name)) return wrong(`holds "${item}": who shows no token never gets a role`);
  return right({ kind, name });
}

function writeOwner({ kind, name }: NamedOwner): string {
  const [namespace, account] = name.startsWith(serviceAccountPrefix)
    ? name.slice(serviceAccountPrefix.length).split(':')
    : [];
  return kind === 'user' && account !== undefined ? `serviceaccount:${namespace}/${account}` : `${kind}:${name}`;
}

function ownersSchema(): SettingFormat<unknown>['schema'] {
  const owner = { type: 'string', pattern: '^\\s*(?:(?:serviceaccount|user|group):[^\\s,]+[\\s,]*)*$' };
  return { anyOf: [owner, { type: 'array', items: owner }] };
}

/** An audience of tokens, as `kubectl create token --audience` takes it. */
export const audienceFormat: SettingFormat<string> = {
  type: 'text',
  expected: 'an audience, for example kdmq',
  placeholder: 'audience',
  schema: { type: 'string', pattern: '^[!-~]{1,253}$' },
  read(raw) {
    if (typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
    if (raw.trim() === '') return wrong('is empty');
    return /^[!-~]{1,253}$/.test(raw.trim()) ? right(raw.trim()) : wrong('is no audience');
  },
  write: (value) => value,
};
