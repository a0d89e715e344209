import { type NodeUri, parseNodeUri } from '../core/node-uri.ts';

/** A target that is no SIP URI. */
export class TargetError extends Error {
  readonly code = 'TARGET_NOT_A_URI';

  constructor(target: string) {
    super(
      `"${target}" is not the SIP URI of a node: write it as sip:10.0.0.1:5060 or sip:[fd00::1]:5060;transport=tcp`,
    );
    this.name = 'TargetError';
  }
}

/** The node that a program names. Throws a {@link TargetError}. */
export function targetOf(target: string | NodeUri): NodeUri {
  const uri = typeof target === 'string' ? parseNodeUri(target) : target;
  if (uri === undefined) throw new TargetError(String(target));
  return uri;
}
