/** What becomes of a message that is sent to a node. A test over a socket and a test of the reader see the same three. */
export type Outcome =
  /** The node answers by itself. */
  | { readonly kind: 'answered'; readonly code: number }
  /** The request goes to the bus or to the program's handler; where there is none, the answer is 405 with Allow. */
  | { readonly kind: 'handed_on'; readonly method: string }
  /** Nothing comes back, now or later. */
  | { readonly kind: 'silence' };

export const answered = (code: number): Outcome => ({ kind: 'answered', code });
export const handedOn = (method: string): Outcome => ({ kind: 'handed_on', method });
export const silence: Outcome = { kind: 'silence' };
