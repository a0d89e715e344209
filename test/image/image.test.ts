import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BuiltImage, build, isHere } from './built-image.ts';

const reference = process.env.E2E_IMAGE ?? 'localhost/kdmq:e2e';
const base = 'localhost/node:24-bookworm-slim';
const { version, devDependencies } = JSON.parse(readFileSync(`${import.meta.dirname}/../../package.json`, 'utf8'));

describe.skipIf(!isHere(reference))('the image', () => {
  let image: BuiltImage;
  beforeAll(() => {
    image = new BuiltImage(reference);
  });
  afterAll(() => image[Symbol.dispose]());

  it('starts kdmq itself, without a shell, as a user with a number', () => {
    expect(image.config).toMatchObject({
      User: '1000:1000',
      Entrypoint: ['node', '--max-old-space-size-percentage=50', 'dist/image/cli/main.js'],
      Cmd: ['start'],
    });
    expect(image.config).not.toHaveProperty('Volumes');
  });

  it('has the command on the path, for kubectl exec', () => {
    const main = image.filesIn('kdmq').find(({ path }) => path === 'kdmq/dist/image/cli/main.js');
    expect((main?.mode ?? 0) & 0o111).toBe(0o111);
    expect(image.linkAt('usr/local/bin/kdmq')).toBe('/kdmq/dist/image/cli/main.js');
  });

  it('says what it is and of which source', () => {
    expect(image.config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'kdmq',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.revision': expect.stringMatching(/^[0-9a-f]{40}(-changed)?$/),
    });
  });

  it('lets the node write to its data folder only', () => {
    const own = image.filesIn('var/lib/kdmq');
    expect(own.map(({ path, uid }) => [path, uid])).toEqual([['var/lib/kdmq', 1000]]);
    const files = image.filesIn('kdmq');
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter(({ uid, mode }) => uid !== 0 || (mode & 0o022) !== 0)).toEqual([]);
  });

  it('has no package for development and nothing that only one architecture runs', () => {
    const files = image.filesIn('kdmq').filter(({ isFile }) => isFile);
    const development = Object.keys(devDependencies).map((name) => `/node_modules/${name}/`);
    expect(files.filter(({ path }) => development.some((folder) => path.includes(folder)))).toEqual([]);
    const elf = files.filter(({ onDisk }) => readFileSync(onDisk).subarray(0, 4).toString('latin1') === '\x7fELF');
    expect(elf).toEqual([]);
  });

  it('has the dashboard, which the node serves', () => {
    const paths = image.filesIn('kdmq/dist/web').map(({ path }) => path);
    expect(paths).toContain('kdmq/dist/web/index.html');
  });

  it('adds less than 100 MB to its base', () => {
    const bytes = image.filesIn('kdmq').reduce((sum, { size }) => sum + size, 0);
    expect(bytes).toBeLessThan(100e6);
  });

  it('brings the licence of every package in it', () => {
    const named = image.filesIn('kdmq/licences').map(({ path }) => path);
    const packages = named.filter((path) => path.endsWith('/package.json')).map((path) => path.slice(0, -13));
    expect(packages.length).toBeGreaterThan(20);
    const without = packages.filter(
      (path) => !named.some((file) => file.startsWith(`${path}/`) && /licen[cs]e/i.test(file)),
    );
    expect(without).toEqual([]);
  });

  it('is the same when it is built again', () => {
    expect(build(base)).toBe(build(base));
  }, 600_000);
});
