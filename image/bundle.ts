/**
 * Puts into a folder what the image runs: the command and its packages in a few files, the licences of those packages, and the dashboard.
 *   node image/bundle.ts FOLDER
 * One file is read in a fraction of the time that a thousand need; docs/ARCHITECTURE.md has the figures.
 */
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { build as buildPage } from 'vite';

const project = resolve(import.meta.dirname, '..');

/** Loaded by `require` at run time (src/edges/sip/sip-package.ts), with what it requires itself. */
const asTheyAre = ['sip', 'ws'];

/**
 * Bundles src/cli/main.ts and what it starts in a thread into FOLDER/dist/image/cli: as deep below package.json as
 * src/edges/system/package-version.ts, which reads it. Code that is imported lazily becomes a file of its own.
 */
async function bundle(folder: string): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: project,
    // The thread that writes to Kubernetes is found by its name beside the file that starts it.
    entryPoints: { main: 'src/cli/main.ts', 'writer-worker': 'src/edges/kubernetes/writer-worker.ts' },
    outdir: join(folder, 'dist/image/cli'),
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    external: asTheyAre,
    legalComments: 'none', // the licence files come along
    metafile: true,
    logLevel: 'warning',
    // Packages in CommonJS call `require` for modules of Node.
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
  });
  return Object.keys(metafile.inputs);
}

/** `node_modules/a/node_modules/@b/c` for a file in it. */
function packageFolder(file: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}

function copyLicences(files: readonly string[], folder: string): void {
  const packages = new Set(files.map(packageFolder).filter((path) => path !== undefined));
  for (const path of packages) {
    const files = readdirSync(join(project, path));
    const licences = files.filter((file) => /^((un)?licen[cs]e|notice|copying)/i.test(file));
    const target = join(folder, 'licences', path.replaceAll(/(^|\/)node_modules\//g, '$1'));
    mkdirSync(target, { recursive: true });
    for (const file of [...licences, 'package.json']) cpSync(join(project, path, file), join(target, file));
    // Some name their licence in their readme only.
    const readme = files.find((file) => /^readme/i.test(file));
    if (licences.length === 0 && readme) cpSync(join(project, path, readme), join(target, 'LICENSE-in-readme.md'));
  }
}

const [target] = process.argv.slice(2);
if (target === undefined) throw new Error('usage: node image/bundle.ts FOLDER');
copyLicences(await bundle(target), target);
await buildPage({
  configFile: join(project, 'web/vite.config.ts'),
  logLevel: 'warn',
  build: { outDir: resolve(target, 'dist/web') },
});
for (const name of asTheyAre) {
  const from = join(project, 'node_modules', name);
  const filter = (path: string): boolean => !/^(doc|examples|test|[.][^/]+)(\/|$)/.test(relative(from, path));
  cpSync(from, join(target, 'node_modules', name), { recursive: true, filter });
}
for (const file of ['package.json', 'LICENSE']) cpSync(join(project, file), join(target, file));
