import type { ReplyContent } from '../ports/sip-transport.ts';

/** What a node answers from the first moment of its stop on: where it runs again, it may be asked after some seconds. */
export const nodeIsStopping: ReplyContent = { code: 503, reason: 'Node Is Stopping', headers: [['Retry-After', '5']] };
