import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { neededRights, rightWords } from '../../../src/core/kubernetes/needed-rights.ts';

interface Role {
  readonly kind: string;
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

const manifest = resolve(import.meta.dirname, '../../../manifests/kdmq.yaml');

describe('the rights of a node', () => {
  it('are those that the Role of the chart gives', () => {
    const objects = parseAllDocuments(readFileSync(manifest, 'utf8')).map((one) => one.toJS() as Role);
    const given = objects
      .filter(({ kind }) => kind === 'Role')
      .flatMap(({ rules }) => rules)
      .map(({ apiGroups, resources, resourceNames = [], verbs }) => [
        ...apiGroups,
        ...resources,
        ...resourceNames,
        verbs,
      ]);
    const needed = neededRights('kdmq').map(({ group, resource, subresource, name, verbs }) => [
      group,
      subresource === undefined ? resource : `${resource}/${subresource}`,
      ...(name === undefined ? [] : [name]),
      verbs,
    ]);
    expect(needed).toEqual(given);
  });

  it('are named as docs/controller.md names them', () => {
    const words = neededRights('voice').map((right) => rightWords(right, right.verbs));
    expect(words).toContain('patch of dmqnodes/status (kdmq.dev)');
    expect(words).toContain('list, watch of pods');
    expect(words).toContain('list, watch, update of leases named voice (coordination.k8s.io)');
  });
});

it('to review tokens is needed where the settings say so, and nowhere else', () => {
  const without = neededRights('kdmq');
  const more = neededRights('kdmq', true).filter(
    (right) => !without.some(({ resource }) => resource === right.resource),
  );
  expect(more.map((right) => rightWords(right, right.verbs))).toEqual([
    'create of tokenreviews (authentication.k8s.io)',
  ]);
  expect(without.some(({ resource }) => resource === 'tokenreviews')).toBe(false);
});
