import { fork } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { loopbackAddresses } from './loopback.ts';

describe('loopback addresses of a test file', () => {
  it('are each handed out once, in 127.20.0.0 to 127.199.255.255', async () => {
    const address = await loopbackAddresses('/a/test/file');
    const all = Array.from({ length: 1_000 }, () => address());
    expect(new Set(all).size).toBe(1_000);
    for (const one of all)
      expect(one).toMatch(/^127\.([2-9]\d|1\d\d)\.\d{1,3}\.([1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-4])$/);
  });

  it('run out with an error, not with an address of another file', async () => {
    const address = await loopbackAddresses('/another/test/file');
    expect(() => Array.from({ length: 2_000 }, () => address())).toThrow('in use');
  });

  it('are others for a second user of the same name', async () => {
    const mine = (await loopbackAddresses('/one/name'))();
    expect((await loopbackAddresses('/one/name'))()).not.toBe(mine);
  });

  it('are the same in each process, once the one before has ended', async () => {
    const child = async () => {
      const process = fork(new URL('./loopback-child.ts', import.meta.url));
      const exited = once(process, 'exit');
      const [address] = await once(process, 'message');
      await exited;
      return address as string;
    };
    expect(await child()).toBe(await child());
  });
});
