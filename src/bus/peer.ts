import type { Named } from '../core/peer-registry.ts';
import type { ReplyContent, SipRequest } from '../ports/sip-transport.ts';

/** What a handler answers, now or later. Nothing means the channel's usual answer: 202 without a body for a peer, as Kamailio's script peers. */
export type Answer = ReplyContent | undefined | Promise<ReplyContent | undefined>;

/** Answers the messages of one channel; Kamailio's dmq_peer_t. */
export interface Peer extends Named {
  readonly description?: string;
  /**
   * Called for each message. May answer later; a throw or rejection becomes 500. On a channel that Kamailio's script functions send
   * to, answer without a body: Kamailio reads the body of a 200 as a node list.
   */
  readonly callback: (request: SipRequest) => Answer;
  /** Called once when the node has joined the bus (found somebody, or nobody at the first search). */
  readonly initCallback?: () => void;
}
