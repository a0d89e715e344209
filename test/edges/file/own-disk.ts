import { GuardedProcess } from '../../guarded-process.ts';

export interface OwnDisk {
  /** Where its root is seen from here. */
  readonly folder: string;
  unmount(): Promise<void>;
}

/**
 * Mounts something at /mnt in a mount namespace of its own, which is gone with the test process: `mount -t tmpfs -o size=1m none /mnt`. Needs
 * `machineHas('disks')`.
 */
export async function ownDisk(mount: string): Promise<OwnDisk> {
  let mounted = (): void => {};
  const ready = new Promise<void>((resolve) => {
    mounted = resolve;
  });
  const script = `${mount} && echo mounted && exec sleep infinity`;
  const holder = await GuardedProcess.start('unshare', ['--mount', 'sh', '-c', script], { onLine: () => mounted() });
  await Promise.race([ready, holder.exited.then(() => Promise.reject(new Error(`${mount} failed`)))]);
  return { folder: `/proc/${holder.pid}/root/mnt`, unmount: () => holder.kill() };
}
