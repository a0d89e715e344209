import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const project = resolve(import.meta.dirname, '../..');

describe.each(['package-lock.json', 'toolchain/package-lock.json'])('%s', (file) => {
  const packages: Record<string, Locked> = JSON.parse(readFileSync(join(project, file), 'utf8')).packages;
  const all = Object.entries(packages);

  // A registry that lacks one of them makes `npm install` write a lock file that `npm ci` then refuses everywhere.
  it('names the builds for all machines of each package', () => {
    const absent = all.flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`${path}/node_modules/${name}` in packages) && !(`node_modules/${name}` in packages),
      ),
    );
    expect(absent).toEqual([]);
  });

  it('has a checksum of every package and no address of a registry', () => {
    for (const [path, { integrity, resolved }] of all.filter(([path]) => path !== '')) {
      expect(integrity, path).toMatch(/^sha512-/);
      expect(resolved, path).toBeUndefined();
    }
  });
});
