/** Why the Kubernetes API did not do what it was asked. */
export type ClusterErrorCode =
  | 'GONE' /* 410: the version to watch from is too old; a new list is needed */
  | 'UNAUTHORIZED' /* 401: the token is not valid any more; the next request reads it again */
  | 'FORBIDDEN' /* 403: the role does not allow it */
  | 'ABSENT' /* 404: there is no such object, or no such resource (the CRD is not installed) */
  | 'CONFLICT' /* 409: somebody else changed the object first */
  | 'EXISTS' /* 409: there is one of that name already */
  | 'THROTTLED' /* 429: the server asks to come back later */
  | 'UNREACHABLE' /* no connection, no answer in time, the connection broke, the server ends */
  | 'REFUSED'; /* any other answer than success */

/** An error of the Kubernetes API. The message names what was asked and what came back; never a token. */
export class ClusterError extends Error {
  readonly code: ClusterErrorCode;
  /** `THROTTLED`: how long the server wants to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ClusterErrorCode, message: string, retryAfterMs?: number, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ClusterError';
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}
