import type { StoreError, StoreErrorCode } from '../core/mqueue/store-error.ts';

/** Why a queue did not do what it was asked. */
export type QueueErrorCode =
  | 'NO_SUCH_QUEUE'
  | 'QUEUE_FULL' /* refused: nothing of it is kept */
  | 'ITEM_TOO_LARGE'
  | 'QUEUE_NOT_READY' /* not read from its store yet, or it can't be read */
  | 'QUEUE_STOPPED'
  | 'QUEUE_FENCED' /* another process has claimed it */
  | Exclude<StoreErrorCode, 'STORE_FENCED'>; /* the store failed; `cause` is its error */

/** An error of a queue. The message names the queue and what is wrong. */
export class QueueError extends Error {
  readonly code: QueueErrorCode;

  constructor(code: QueueErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'QueueError';
    this.code = code;
  }
}

/** What a store failed with, as the caller of a queue gets it. `meaning` says what that means for what was asked. */
export function storeFailure(queue: string, error: StoreError, meaning: string): QueueError {
  const code = error.code === 'STORE_FENCED' ? 'QUEUE_FENCED' : error.code;
  return new QueueError(code, `queue ${queue}: ${meaning}: ${error.message}`, { cause: error });
}
