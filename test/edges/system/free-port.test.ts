import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../../src/edges/system/free-port.ts';
import { machineHas } from '../../machine.ts';

const child = fileURLToPath(new URL('free-port-child.ts', import.meta.url));

describe('a free port', () => {
  it.skipIf(!machineHas('networks'))('is none from which somebody has a connection', () => {
    const ports = 'echo "50000 50003" > /proc/sys/net/ipv4/ip_local_port_range';
    const script = `ip link set lo up && ${ports} && exec "$0" "$@"`;
    const output = execFileSync('unshare', ['--net', 'sh', '-c', script, process.execPath, child], {
      encoding: 'utf8',
    });
    const { taken, free } = JSON.parse(output) as Record<string, number[]>;
    expect(new Set([...taken!, ...free!])).toEqual(new Set([50_000, 50_001, 50_002, 50_003]));
    expect(free).toHaveLength(1);
  });

  it('is asked of addresses of this machine only', async () => {
    await expect(freePort('192.0.2.1')).rejects.toThrow('EADDRNOTAVAIL');
  });
});
