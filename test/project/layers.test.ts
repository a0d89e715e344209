import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const project = resolve(import.meta.dirname, '../..');

const clean: Readonly<Record<string, string>> = {
  'src/core/ring.ts': 'export const ring = 1;',
  'src/ports/clock.ts': "import type { ring } from '../core/ring.ts';\nexport type Clock = typeof ring;",
  'src/bus/bus.ts': "import type { Clock } from '../ports/clock.ts';\nexport type Bus = Clock;",
  'src/queues/queues.ts': "import type { Clock } from '../ports/clock.ts';\nexport type Queues = Clock;",
  'src/bindings/bindings.ts':
    "import type { Bus } from '../bus/bus.ts';\nimport type { Queues } from '../queues/queues.ts';\nexport type A = Bus | Queues;",
  'src/edges/sip/parts.ts': 'export const parts = 1;',
  'src/edges/sip/sip.ts': "import { hostname } from 'node:os';\nimport './parts.ts';\nexport const name = hostname();",
  'src/edges/dns/dns.ts': "import type { Clock } from '../../ports/clock.ts';\nexport type Dns = Clock;",
  'src/app.ts': "import './edges/sip/sip.ts';\nimport './edges/dns/dns.ts';\nimport './bus/bus.ts';",
  'src/cli/main.ts': "import '../app.ts';",
  'web/state/words.ts': 'export const words = 1;',
  'web/net/store.ts': "import '../state/words.ts';",
  'web/page/head.tsx': "import '../net/store.ts';\nimport '../state/words.ts';",
  'test/one.test.ts': "import '../src/core/ring.ts';",
};

/** rule, file with the violation, what is wrong in it */
const violations: readonly (readonly [rule: string, file: string, text: string])[] = [
  ['core-is-pure', 'src/core/of-node.ts', "import 'node:fs';"],
  ['core-is-pure', 'src/core/of-npm.ts', "import 'yaml';"],
  ['core-is-pure', 'src/core/of-ports.ts', "import type { Clock } from '../ports/clock.ts';\nexport type A = Clock;"],
  [
    'ports-know-types-of-core',
    'src/ports/of-bus.ts',
    "import type { Bus } from '../bus/bus.ts';\nexport type A = Bus;",
  ],
  ['ports-import-types-only', 'src/ports/of-values.ts', "import '../core/ring.ts';"],
  ['bus-drives-core-through-ports', 'src/bus/of-edge.ts', "import '../edges/dns/dns.ts';"],
  ['bus-drives-core-through-ports', 'src/bus/of-node.ts', "import 'node:dgram';"],
  ['bus-drives-core-through-ports', 'src/bus/of-queues.ts', "import '../queues/queues.ts';"],
  ['queues-drive-core-through-ports', 'src/queues/of-bus.ts', "import '../bus/bus.ts';"],
  ['queues-drive-core-through-ports', 'src/queues/of-edge.ts', "import '../edges/dns/dns.ts';"],
  ['queues-drive-core-through-ports', 'src/queues/of-node.ts', "import 'node:fs';"],
  ['bus-drives-core-through-ports', 'src/bus/of-bindings.ts', "import '../bindings/bindings.ts';"],
  ['queues-drive-core-through-ports', 'src/queues/of-bindings.ts', "import '../bindings/bindings.ts';"],
  ['bindings-join-bus-and-queues', 'src/bindings/of-edge.ts', "import '../edges/dns/dns.ts';"],
  ['bindings-join-bus-and-queues', 'src/bindings/of-node.ts', "import 'node:fs';"],
  ['facade-knows-no-edge', 'src/kdmq-node.ts', "import './edges/dns/dns.ts';"],
  ['edges-know-ports-and-core', 'src/edges/sip/of-bus.ts', "import '../../bus/bus.ts';"],
  ['edges-know-ports-and-core', 'src/edges/sip/of-app.ts', "import '../../app.ts';"],
  ['http-drives-the-facade', 'src/edges/http/of-app.ts', "import '../../app.ts';"],
  ['http-drives-the-facade', 'src/edges/http/of-bus.ts', "import '../../bus/bus.ts';"],
  ['http-knows-types-of-the-facade', 'src/edges/http/of-facade.ts', "import '../../kdmq-node.ts';"],
  ['edges-stand-apart', 'src/edges/sip/of-edge.ts', "import '../dns/dns.ts';"],
  ['edges-stand-apart', 'src/edges/plain.ts', "import './dns/dns.ts';"],
  ['only-the-root-composes', 'src/elsewhere.ts', "import './app.ts';"],
  ['library-knows-no-command', 'src/index.ts', "import './cli/main.ts';"],
  ['source-knows-no-test', 'src/edges/sip/of-test.ts', "import '../../../test/one.test.ts';"],
  ['source-needs-no-dev-package', 'src/edges/sip/of-vitest.ts', "import 'vitest';"],
  ['source-knows-no-test', 'src/edges/sip/of-web.ts', "import '../../../web/state/words.ts';"],
  ['web-stands-alone', 'web/page/of-source.tsx', "import '../../src/core/ring.ts';"],
  ['web-stands-alone', 'web/net/of-node.ts', "import 'node:fs';"],
  ['web-state-is-pure', 'web/state/of-net.ts', "import '../net/store.ts';"],
  ['web-net-knows-no-page', 'web/net/of-page.ts', "import '../page/head.tsx';"],
  ['no-cycles', 'src/core/first.ts', "import './second.ts';"],
  ['no-drawers-from', 'src/core/utils/drawer.ts', "import '../ring.ts';"],
  ['no-drawers-to', 'src/core/of-drawer.ts', "import './utils/drawer.ts';"],
  ['everything-is-found', 'src/core/of-nothing.ts', "import './nowhere.ts';"],
];

function write(folder: string, file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), `${text}\n`);
}

/** A small project in a folder of its own, under the rules and with the packages of this one. */
function plant(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'kdmq-layers-'));
  for (const name of ['.dependency-cruiser.json', 'tsconfig.json', 'package.json']) {
    copyFileSync(join(project, name), join(folder, name));
  }
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
  for (const [file, text] of Object.entries(files)) write(folder, file, text);
  return folder;
}

function check(folder: string): { status: number | null; output: string } {
  const script = join(project, 'test/project/layers.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { cwd: folder, encoding: 'utf8' });
  return { status, output: stderr + stdout };
}

describe('the check of the layers', () => {
  const folders: string[] = [];
  const planted = (files: Readonly<Record<string, string>>) => {
    const folder = plant(files);
    folders.push(folder);
    return folder;
  };
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  it('passes a project that keeps the rules', () => {
    const facade = "import './bus/bus.ts';\nimport './queues/queues.ts';\nimport './core/ring.ts';";
    const { status, output } = check(planted({ ...clean, 'src/kdmq-node.ts': facade }));
    expect(output).toContain('15 of 15 modules read, 0 wrong');
    expect(status).toBe(0);
  });

  it('refuses to have read nothing', () => {
    const folder = planted(clean);
    const file = join(folder, '.dependency-cruiser.json');
    const rules = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...rules, options: { ...rules.options, includeOnly: '^no/such/folder' } }));
    const { status, output } = check(folder);
    expect(output).toContain('0 of 14 modules read');
    expect(status).toBe(1);
  });

  it('refuses a project without a single file', () => {
    expect(check(planted({ 'src/readme.md': 'nothing here' })).status).toBe(1);
  });

  describe('with a violation of each rule', () => {
    let result: ReturnType<typeof check>;
    beforeAll(() => {
      const cycle = { 'src/core/second.ts': "import './first.ts';" };
      const wrong = Object.fromEntries(violations.map(([, file, text]) => [file, text]));
      result = check(planted({ ...clean, ...cycle, ...wrong }));
    });

    it('fails', () => {
      expect(result.status).toBe(1);
    });

    it.each(violations)('names %s in %s', (rule, file) => {
      expect(result.output).toContain(`layers: ${rule}: ${file} →`);
    });

    it('says nothing of the files that keep them', () => {
      for (const file of Object.keys(clean)) expect(result.output).not.toContain(`: ${file} →`);
    });
  });
});
