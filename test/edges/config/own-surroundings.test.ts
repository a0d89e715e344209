import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownSurroundings } from '../../../src/edges/config/own-surroundings.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kdmq-root-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const MIB = 1024 ** 2;

/** The limit that a process sees in a file system with these files. */
function limitAmong(files: Readonly<Record<string, string>>): number | undefined {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return ownSurroundings({}, root).memoryLimit;
}

describe('the memory limit', () => {
  it('is that of the container, whose group stands at the top (cgroup v2)', () => {
    expect(limitAmong({ 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/memory.max': `${64 * MIB}\n` })).toBe(64 * MIB);
  });

  it('is the least of the own group and those above it (cgroup v2 on a machine)', () => {
    expect(
      limitAmong({
        'proc/self/cgroup': '0::/system.slice/kdmq.service\n',
        'sys/fs/cgroup/system.slice/kdmq.service/memory.max': 'max\n',
        'sys/fs/cgroup/system.slice/memory.max': `${32 * MIB}\n`,
      }),
    ).toBe(32 * MIB);
  });

  it('is found at the top when the own group has a path of the host (cgroup v1 in a container)', () => {
    expect(
      limitAmong({
        'proc/self/cgroup': '5:cpu,cpuacct:/kubepods/pod1/c1\n4:memory:/kubepods/pod1/c1\n',
        'sys/fs/cgroup/memory/memory.limit_in_bytes': `${128 * MIB}\n`,
      }),
    ).toBe(128 * MIB);
  });

  it('may stand in a group of several controllers, whose path holds a colon', () => {
    expect(
      limitAmong({
        'proc/self/cgroup': '4:hugetlb,memory:/a:b\n0::/\n',
        'sys/fs/cgroup/memory/a:b/memory.limit_in_bytes': `${16 * MIB}\n`,
      }),
    ).toBe(16 * MIB);
  });

  it('is never more than the machine has', () => {
    expect(limitAmong({ 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/memory.max': `${1024 ** 5 - 1}\n` })).toBe(
      totalmem(),
    );
  });

  it.each([
    ['no control groups', {}],
    ['no limit (v2)', { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/memory.max': 'max\n' }],
    [
      'no limit (v1)',
      {
        'proc/self/cgroup': '4:memory:/\n',
        'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      },
    ],
    ['nothing to be read', { 'proc/self/cgroup': 'what is this\n', 'sys/fs/cgroup/memory.max': 'lots' }],
  ])('is none with %s', (_, files) => {
    expect(limitAmong(files)).toBeUndefined();
  });
});

describe('what this process stands in', () => {
  it('is read from this machine', () => {
    expect(ownSurroundings({ POD_IP: '10.0.0.1' })).toMatchObject({
      environment: { POD_IP: '10.0.0.1' },
      hostName: hostname(),
    });
  });
});
