import { isIpAddress } from '../core/ip-address.ts';
import { formatNodeUri, type NodeUri, parseNodeUri } from '../core/node-uri.ts';
import { hostAddress } from '../core/notification-answers.ts';

export type TargetErrorCode =
  | 'TARGET_NOT_A_URI' /* it is no SIP URI */
  | 'TARGET_NOT_A_HOST'; /* its address is nobody's: all addresses, multicast or broadcast */

/** A target that can be no node. */
export class TargetError extends Error {
  readonly code: TargetErrorCode;

  constructor(code: TargetErrorCode, message: string) {
    super(message);
    this.name = 'TargetError';
    this.code = code;
  }
}

/** The node that a program names. Throws a {@link TargetError}. */
export function targetOf(target: string | NodeUri): NodeUri {
  const uri = typeof target === 'string' ? parseNodeUri(target) : target;
  if (uri === undefined) {
    throw new TargetError(
      'TARGET_NOT_A_URI',
      `"${String(target)}" is not the SIP URI of a node: write it as sip:10.0.0.1:5060 or sip:[fd00::1]:5060;transport=tcp`,
    );
  }
  if (isIpAddress(uri.host) && hostAddress(uri.host) === undefined) {
    throw new TargetError(
      'TARGET_NOT_A_HOST',
      `${formatNodeUri(uri)} is the address of no node (all addresses, multicast or broadcast): name one node, as sip:10.0.0.1:5060`,
    );
  }
  return uri;
}
