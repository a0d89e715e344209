import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { COUNTER_NAMES } from '../../src/edges/metrics/counter-names.ts';
import { PAGES } from '../docs/page-blocks.ts';
import { GuardedProcess } from '../guarded-process.ts';
import { loopbackAddresses } from '../loopback.ts';
import { startNode } from '../running-node.ts';

const project = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(project, file), 'utf8');
const address = await loopbackAddresses(import.meta.filename);

/** Blocks of a language in all documents, those that have a file name too. */
function blocks(language: string): { file: string; text: string }[] {
  const fence = new RegExp(`^\`\`\`${language}(?: [^\\n]*)?\\n(.*?)^\`\`\``, 'gms');
  return PAGES.flatMap((file) => [...read(file).matchAll(fence)].map(([, text = '']) => ({ file, text })));
}

async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const lines: string[] = [];
  const options = {
    cwd: project,
    env: { PATH: process.env.PATH, ...env },
    onLine: (line: string) => lines.push(line),
  };
  const running = await GuardedProcess.start(command, args, options);
  return { ...(await running.exited), text: lines.join('\n') };
}

describe('the documents', () => {
  it.concurrent.each(
    blocks('yaml')
      .filter(({ text }) => !text.startsWith('env:'))
      .map(({ file, text }) => [file, text]),
  )('%s: a configuration that a start would take', async (_, text) => {
    const folder = mkdtempSync(join(tmpdir(), 'kdmq-docs-'));
    writeFileSync(join(folder, 'config.yaml'), text);
    const args = ['src/cli/main.ts', 'config', '--config', join(folder, 'config.yaml')];
    const result = await run('node', args, { KDMQ_SERVER_ADDRESS: 'sip:10.0.0.1:5060' });
    rmSync(folder, { recursive: true });
    expect(result.code, result.text).toBe(0);
  });

  it('README.md: the program runs as it stands there', async () => {
    const [program] = blocks('ts').filter(({ file }) => file === 'README.md');
    await using other = await startNode({ server_address: `sip:${address()}:5060` });
    const own = `sip:${address()}:5060`;
    const text = program?.text.replace('sip:10.0.0.2:5060', own).replace('sip:10.0.0.1:5060', other.uri) ?? '';
    const lines: string[] = [];
    const running = await GuardedProcess.start(
      process.execPath,
      ['--conditions=kdmq-source', '--input-type=module-typescript', '--eval', text],
      { cwd: project, onLine: (line) => lines.push(line) },
    );
    try {
      await vi.waitFor(() => {
        expect(lines).toContain(`${other.uri} (kdmq) is here`);
        expect(lines.join('\n')).toContain(`[ '${other.host} 404' ]`);
      }, 20_000);
    } finally {
      await running.kill();
    }
  });

  it('link to what is there', () => {
    const broken = PAGES.flatMap((file) =>
      [...read(file).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
        .map(([, target = '']) => join(dirname(file), target))
        .filter((target) => !existsSync(join(project, target)))
        .map((target) => `${file}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('link to headings that are there', () => {
    const anchors = (file: string) =>
      [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replace(/[^\p{L}\p{N}\s_-]/gu, '')
          .replaceAll(' ', '-'),
      );
    const broken = PAGES.flatMap((file) =>
      [...read(file).matchAll(/\]\(([^)#:]*)#([^)]+)\)/g)]
        .map(([, target = '', anchor = '']) => ({ to: target === '' ? file : join(dirname(file), target), anchor }))
        .filter(({ to, anchor }) => !anchors(to).includes(anchor))
        .map(({ to, anchor }) => `${file}: ${to}#${anchor}`),
    );
    expect(broken).toEqual([]);
  });

  it('name source files that are there', () => {
    const known = new Set(
      globSync('{src,test,examples,image}/**/*.ts', { cwd: project }).map((file) => basename(file)),
    );
    const named = [...read('docs/ARCHITECTURE.md').matchAll(/`([a-z0-9/-]+\.ts)`/g)].map(([, file = '']) => file);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((file) => !known.has(basename(file)))).toEqual([]);
  });

  it('give the reason for each dependency', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json'));
    const text = read('docs/ARCHITECTURE.md');
    const packages = Object.keys({ ...dependencies, ...devDependencies });
    expect(packages.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  it('name each counter, and no other', () => {
    const source = globSync('src/**/*.ts', { cwd: project }).map(read).join('\n');
    const counted = [...source.matchAll(/counters\??\.add\(\s*'([a-z_]+)'/g)].map(([, name = '']) => name);
    const section = /## Counters\n(.*?)(?:\n## |$)/s.exec(read('docs/metrics.md'))?.[1] ?? '';
    const named = [...section.matchAll(/^\| `([a-z_]+)`/gm)].map(([, name = '']) => name);
    expect([...named].sort()).toEqual([...new Set(counted)].sort());
    // A counter has a row, and more below it that begin with an empty cell.
    const rows = section.split(/^(?=\| `)/m);
    const untold = COUNTER_NAMES.flatMap(({ name, reasons }) => {
      const row = rows.find((text) => text.startsWith(`| \`${name}\``)) ?? '';
      return reasons.filter((reason) => !row.includes(`\`${reason}\``)).map((reason) => `${name} ${reason}`);
    });
    expect(untold).toEqual([]);
  });

  it('name lines of the log as they are written', () => {
    const source = globSync('src/**/*.ts', { cwd: project }).map(read).join('\n');
    const cells = [...read('docs/log.md').matchAll(/^\| (`.*?`) \|/gm)].map(([, cell = '']) => cell);
    const lines = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, line = '']) => line));
    const written = (line: string) =>
      line
        .replaceAll('…', '')
        .trim()
        .replace(/^node \w+$/, 'node $${transition}');
    expect(lines.length).toBeGreaterThan(50);
    expect(lines.filter((line) => !source.includes(written(line)))).toEqual([]);
  });
});
