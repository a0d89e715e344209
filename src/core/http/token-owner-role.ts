import type { HttpRole } from './http-role.ts';

/** Somebody whom a setting gives a role: a user or all of a group, as the Kubernetes API names them. */
export interface NamedOwner {
  readonly kind: 'user' | 'group';
  readonly name: string;
}

/** Who gets which role. */
export interface NamedOwners {
  readonly read: readonly NamedOwner[];
  readonly write: readonly NamedOwner[];
}

/** Users and groups have names of their own: a group is not the user of the same name. */
export interface OwnerNames {
  readonly user: string;
  readonly groups: readonly string[];
}

/** The role of an owner of a token; undefined for who is not named. */
export function tokenOwnerRole(owner: OwnerNames, named: NamedOwners): HttpRole | undefined {
  const isMeant = ({ kind, name }: NamedOwner): boolean =>
    kind === 'user' ? owner.user === name : owner.groups.includes(name);
  if (named.write.some(isMeant)) return 'write';
  return named.read.some(isMeant) ? 'read' : undefined;
}
