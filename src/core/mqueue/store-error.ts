/** Why a store did not do what it was asked. */
export type StoreErrorCode =
  | 'STORE_UNAVAILABLE' /* not reached, or no answer in time: the same call may go through later */
  | 'STORE_REFUSED' /* wrong password, no right, read-only, out of memory, disk full: somebody has to change something */
  | 'STORE_UNFIT' /* an eviction policy that could touch the queues, a version that is too old */
  | 'STORE_FENCED' /* another owner has claimed the partition */
  | 'STORE_CORRUPT' /* what is stored is not what was committed; it is left as it is */
  | 'STORE_NEWER' /* written by a newer version; it is left as it is */
  | 'STORE_GAP'; /* records of a stage or of the journal are missing in front of these: a program error */

/** An error of a store. The message names the partition, what is wrong and what would be right; never a password. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}
