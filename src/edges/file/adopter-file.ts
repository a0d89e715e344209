import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './file-error.ts';
import { syncFolder } from './partition-state.ts';
import { token } from './token.ts';

/** Holds the name of the adopter. It is no part of the claim file, because others than the owner write it. */
export const adopterFile = 'adopter';

export async function readAdopter(folder: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, adopterFile), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Rejects with ENOENT when the partition is being taken over. */
export async function writeAdopter(folder: string, adopter: string | undefined): Promise<void> {
  const path = join(folder, adopterFile);
  if (adopter === undefined) await rm(path, { force: true });
  else {
    const made = `${path}.${token()}`;
    try {
      await writeFile(made, adopter, { mode: 0o640, flush: true });
      await rename(made, path);
    } catch (error) {
      await rm(made, { force: true }).catch(() => {});
      throw error;
    }
  }
  await syncFolder(folder);
}
