import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubectl } from '../cluster/kubectl.ts';

/** Who takes the volumes. */
interface Takers {
  readonly namespace: string;
  /** Of the pods of a StatefulSet, `data-kdmq-0`. */
  readonly claims: readonly string[];
  /** As whom their containers run. */
  readonly user: number;
  /** The class that the claims name; none when left out. */
  readonly storageClass?: string;
}

/** Folders of this machine as volumes, where the test cluster runs, which makes none itself. `await using` removes both. */
export class HostVolumes {
  readonly #folders: readonly string[];
  readonly #names: readonly string[];

  private constructor(folders: readonly string[], names: readonly string[]) {
    this.#folders = folders;
    this.#names = names;
  }

  static async create({ namespace, claims, user, storageClass = '' }: Takers): Promise<HostVolumes> {
    const volumes = claims.map((claim) => {
      const path = mkdtempSync(join(tmpdir(), 'kdmq-volume-'));
      // Kubernetes gives folders of the machine to nobody: fsGroup does not count for them.
      chownSync(path, user, user);
      return {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: `${namespace}-${claim}` },
        spec: {
          storageClassName: storageClass,
          capacity: { storage: '1Gi' },
          accessModes: ['ReadWriteOnce'],
          persistentVolumeReclaimPolicy: 'Retain',
          claimRef: { namespace, name: claim },
          hostPath: { path, type: 'Directory' },
        },
      };
    });
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: volumes });
    await kubectl(['create', '-f', '-'], { input });
    return new HostVolumes(
      volumes.map(({ spec }) => spec.hostPath.path),
      volumes.map(({ metadata }) => metadata.name),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await kubectl(['delete', 'persistentvolume', ...this.#names, '--wait=false']);
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
  }
}
