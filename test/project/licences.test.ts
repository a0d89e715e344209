import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

interface Package {
  readonly license?: unknown;
  readonly dev?: boolean;
  readonly version?: string;
  readonly text?: string;
}

describe('the check of the licences', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kdmq-licences-'));
    mkdirSync(join(folder, 'toolchain'));
    writeFileSync(join(folder, 'toolchain/package-lock.json'), JSON.stringify({ packages: {} }));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const check = (packages: Readonly<Record<string, Package>>) => {
    const lock: Record<string, object> = { '': {}, 'node_modules/for-another-machine': {} };
    for (const [name, { license, dev, version = '1.0.0', text }] of Object.entries(packages)) {
      lock[`node_modules/${name}`] = { dev };
      const path = join(folder, 'node_modules', name);
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, 'package.json'), JSON.stringify({ name, version, license }));
      if (text) writeFileSync(join(path, 'LICENSE'), text);
    }
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: lock }));
    const script = join(import.meta.dirname, 'licences.ts');
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], { cwd: folder, encoding: 'utf8' });
    return { status, output: stderr + stdout };
  };

  it.each([['MIT'], ['(MIT OR GPL-3.0-only)'], ['(MIT AND CC-BY-3.0)'], [{ type: 'ISC' }]])('takes %j', (license) => {
    expect(check({ one: { license } })).toEqual({ status: 0, output: 'licences: 1 packages read, 0 refused\n' });
  });

  it.each([['GPL-2.0-or-later'], ['(MIT AND GPL-3.0-only)'], ['UNLICENSED'], [undefined]])('refuses %j', (license) => {
    const { status, output } = check({ good: { license: 'MIT' }, bad: { license } });
    expect(output).toContain('licences: bad@1.0.0');
    expect(output).not.toContain('good@1.0.0');
    expect(status).toBe(1);
  });

  it('takes MPL-2.0 for development only', () => {
    expect(check({ one: { license: 'MPL-2.0', dev: true } }).status).toBe(0);
    expect(check({ one: { license: 'MPL-2.0' } }).status).toBe(1);
  });

  it('reads the file of a package that is known to name no licence', () => {
    const text = 'Permission is hereby granted, free of charge, to any person\nobtaining a copy of this software';
    expect(check({ sip: { version: '0.0.6', text } }).status).toBe(0);
    expect(check({ sip: { version: '0.0.6', text: 'All rights reserved' } }).status).toBe(1);
    expect(check({ sip: { version: '0.0.7', text } }).status).toBe(1);
  });

  it('refuses to have read nothing', () => {
    expect(check({}).status).toBe(1);
  });
});
