import type { HttpRole } from './http-role.ts';

/** A name in a certificate: a subjectAltName of that kind, or the common name of its subject. */
export interface CertificateName {
  readonly kind: 'dns' | 'uri' | 'email' | 'cn';
  readonly name: string;
}

const KINDS: Readonly<Record<string, CertificateName['kind']>> = { DNS: 'dns', URI: 'uri', email: 'email' };

/**
 * The names of a certificate.
 * @param commonNames of the subject, as Node gives them.
 * @param alternatives the subjectAltName as Node writes it, `DNS:a.example, URI:spiffe://b`. One with an entry that had to be quoted is passed
 * over as a whole: an entry may look like several.
 */
export function certificateNames(
  commonNames: string | readonly string[] | undefined,
  alternatives: string | undefined,
): readonly CertificateName[] {
  const subject = [commonNames ?? []].flat().map((name) => ({ kind: 'cn', name }) as const);
  if (alternatives === undefined || alternatives.includes('"')) return subject;
  const named = alternatives.split(', ').flatMap((entry): CertificateName[] => {
    const [, label = '', name = ''] = /^([A-Za-z]+):(.*)$/.exec(entry) ?? [];
    const kind = KINDS[label];
    return kind === undefined ? [] : [{ kind, name }];
  });
  return [...subject, ...named];
}

/** What a trusted certificate gives: `write` where one of its names is listed for that, else the role of all others. */
export function certificateRole(
  names: readonly CertificateName[],
  writers: readonly CertificateName[],
  otherwise: HttpRole,
): HttpRole {
  return names.some((name) => writers.some((writer) => isSame(name, writer))) ? 'write' : otherwise;
}

function isSame(one: CertificateName, other: CertificateName): boolean {
  if (one.kind !== other.kind) return false;
  return one.kind === 'dns' ? one.name.toLowerCase() === other.name.toLowerCase() : one.name === other.name;
}
