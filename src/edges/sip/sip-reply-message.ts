import type { SipReply } from '../../ports/sip-transport.ts';
import { SipMessage } from './sip-message.ts';

/** A reply that has been read, provisional ones too. */
export class SipReplyMessage extends SipMessage implements SipReply {
  readonly kind = 'reply';
  code = 0;
  reasonStart = 0;
  reasonEnd = 0;

  get reason(): string {
    return this.buffer.toString('utf8', this.reasonStart, this.reasonEnd);
  }

  get server(): string | undefined {
    return this.header('Server') ?? this.header('User-Agent');
  }
}
