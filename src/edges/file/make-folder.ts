import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './file-error.ts';

/**
 * Makes a folder and those above it that are missing. Node's own `recursive` says ENOENT where the file system is read-only, and so
 * hides the reason.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, 0o750);
  } catch (error) {
    if (await isFolder(path)) return;
    if (errorCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path, 0o750);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
