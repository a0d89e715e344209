/** Codes of JSON-RPC 2.0 (section 5.1) for what Kamailio has no answer to. */
export const RPC_CODES = { parseError: -32_700, invalidRequest: -32_600, invalidParams: -32_602 } as const;

/**
 * What an RPC method fails with. The code is an HTTP status, as with Kamailio, or one of JSON-RPC; the message is Kamailio's where Kamailio
 * has the method.
 */
export class RpcError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'RpcError';
    this.code = code;
  }

  /** The status that goes with it when it is the whole answer. */
  get httpStatus(): number {
    return this.code >= 400 ? this.code : 400;
  }
}
