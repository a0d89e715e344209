import { StoreError, type StoreErrorCode } from '../../core/mqueue/store-error.ts';

const reasons: Readonly<Record<string, readonly [StoreErrorCode, string]>> = {
  ENOSPC: ['STORE_REFUSED', 'the disk is full: free some space or make the volume larger'],
  EDQUOT: ['STORE_REFUSED', 'the disk quota is used up: free some space or raise the quota'],
  EFBIG: ['STORE_REFUSED', 'the file would become larger than this process or file system allows'],
  EROFS: ['STORE_REFUSED', 'the file system is read-only: mount it writable or name another folder'],
  EACCES: ['STORE_REFUSED', `this user may not write here: give it the folder (chown, or fsGroup of the pod)`],
  EPERM: ['STORE_REFUSED', `this user may not write here: give it the folder (chown, or fsGroup of the pod)`],
  ENOTDIR: ['STORE_REFUSED', 'a part of the path is a file, not a folder: remove it or name another folder'],
  EEXIST: ['STORE_REFUSED', 'a part of the path is a file, not a folder: remove it or name another folder'],
  ENOENT: ['STORE_REFUSED', 'is gone: somebody else has removed it'],
  ENAMETOOLONG: ['STORE_REFUSED', 'the path is too long: name a folder with a shorter one'],
  EIO: ['STORE_REFUSED', 'the disk reports an error: look into the log of the kernel'],
  EMFILE: ['STORE_UNAVAILABLE', 'too many open files: raise the limit of this process'],
  ENFILE: ['STORE_UNAVAILABLE', 'too many open files on this machine'],
  ENOMEM: ['STORE_UNAVAILABLE', 'out of memory'],
  EAGAIN: ['STORE_UNAVAILABLE', 'busy'],
  EBUSY: ['STORE_UNAVAILABLE', 'busy'],
  ETIMEDOUT: ['STORE_UNAVAILABLE', 'no answer in time'],
  ESTALE: ['STORE_UNAVAILABLE', 'the file system has been mounted anew'],
};

/** What a failed call of the file system means to who uses the store: path, reason and what to do. Errors of the store itself stay. */
export function fileError(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = errorCode(error);
  const [storeCode, reason] = reasons[code] ?? ['STORE_REFUSED', String(error)];
  return new StoreError(storeCode, `${path}: ${reason} (${code})`, { cause: error });
}

/** `ENOENT` and the like; empty where the error has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** What is stored is not what was committed. Nothing is changed, so that it can be looked at and restored. */
export function corrupt(path: string, offset: number, what: string): StoreError {
  const advice = 'nothing was changed: restore it from a backup, or move the folder away to start empty';
  return new StoreError('STORE_CORRUPT', `${path}: damaged at byte ${offset}, ${what}; ${advice}`);
}

export function newer(path: string, version: number, known: number): StoreError {
  const advice = 'nothing was changed: run the newer version again, or name another folder';
  return new StoreError('STORE_NEWER', `${path}: has format ${version}, this version knows up to ${known}; ${advice}`);
}
