/**
 * Checks that every installed npm package, of the project and of its toolchain, for use and for development, stands
 * under a licence that may be used and passed on with Apache-2.0 software.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const allowed = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'CC-BY-3.0',
  'CC-BY-4.0',
  // argparse, which js-yaml of @kubernetes/client-node needs for a command that we do not run: npm installs it with this package, the image has nothing
  // of it. It lets everybody use, change and pass on, against keeping its notice and saying in short what was changed; it asks nothing of other works.
  'PSF-2.0',
  'Unlicense',
]);

/** Development only: not part of what is published, and not linked with it. */
const allowedForDevelopment = new Set([...allowed, 'MPL-2.0']);

/** Packages whose package.json names no licence, with the file that does and a sentence only that licence has. */
const readFromFile: Readonly<Record<string, { licence: string; file: string; sentence: string }>> = {
  'sip@0.0.6': {
    licence: 'MIT',
    file: 'LICENSE',
    sentence: 'Permission is hereby granted, free of charge, to any person obtaining a copy',
  },
};

interface Installed {
  readonly name: string;
  readonly folder: string;
  readonly development: boolean;
  readonly licence: string | undefined;
}

/** The packages of a folder's lock file that are really there: those for other machines are left out by npm. */
function installed(root: string): Installed[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries<{ dev?: boolean }>(packages)
    .filter(([path]) => path !== '' && existsSync(join(root, path, 'package.json')))
    .map(([path, { dev }]) => {
      const folder = join(root, path);
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      return { name: `${name}@${version}`, folder, development: dev === true, licence: license?.type ?? license };
    });
}

function licenceOf({ name, folder, licence }: Installed): string {
  const known = readFromFile[name];
  if (licence !== undefined || known === undefined) return licence ?? 'no licence named';
  const text = readFileSync(join(folder, known.file), 'utf8').replace(/\s+/g, ' ');
  return text.includes(known.sentence) ? known.licence : `${known.file} is not ${known.licence}`;
}

/** Reads an SPDX expression without WITH and nested brackets: one of its OR parts must be allowed as a whole. */
function isAllowed(expression: string, list: ReadonlySet<string>): boolean {
  const alternatives = expression.replace(/[()]/g, '').split(' OR ');
  return alternatives.some((alternative) => alternative.split(' AND ').every((part) => list.has(part.trim())));
}

const packages = [...installed('.'), ...installed('toolchain')];
const refused = packages.filter((one) => !isAllowed(licenceOf(one), one.development ? allowedForDevelopment : allowed));
for (const one of refused) console.error(`licences: ${one.name} (${one.folder}): ${licenceOf(one)}`);
console.log(`licences: ${packages.length} packages read, ${refused.length} refused`);
process.exitCode = packages.length > 0 && refused.length === 0 ? 0 : 1;
