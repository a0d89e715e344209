import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The licence of what is packed in goes along. */
const licences: Plugin = {
  name: 'licences',
  generateBundle() {
    const text = readFileSync(fromHere('../node_modules/preact/LICENSE'), 'utf8');
    this.emitFile({ type: 'asset', fileName: 'licences.txt', source: `preact\n\n${text}` });
  },
};

/** Builds the dashboard into dist/web: files that need no network and no inline script. */
export default defineConfig({
  root: fromHere('.'),
  // The page may stand below a path of a proxy.
  base: './',
  plugins: [licences],
  build: {
    outDir: fromHere('../dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
