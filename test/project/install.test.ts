import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

describe.skipIf(process.getuid?.() !== 0)('test/install', () => {
  it('says in one line what is missing and left out where it may not install, and is content', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kdmq-install-'));
    try {
      const script = join(folder, 'install');
      cpSync(resolve(import.meta.dirname, '../install'), script);
      spawnSync('chmod', ['-R', 'a+rX', folder]);
      const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', script];
      const { status, stderr } = spawnSync('setpriv', nobody, {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, KAMAILIO_61: '/no/such/folder' },
      });
      const lines = stderr.trim().split('\n');
      expect(lines.at(-1)).toBe(
        'test/install: not root; please put Kamailio 6.1 and Valkey into a root file system in /no/such/folder (or $KAMAILIO_61).' +
          ' Left out: tests with Kamailio 6.1 and Valkey',
      );
      expect(status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
