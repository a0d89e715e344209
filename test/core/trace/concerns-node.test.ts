import { describe, expect, it } from 'vitest';
import { parseNodeUri } from '../../../src/core/node-uri.ts';
import { concernsNode } from '../../../src/core/trace/concerns-node.ts';
import { outlineOf } from '../../../src/core/trace/message-outline.ts';
import { requestText, tracedMessage } from './traced-message.ts';

describe('a message from 10.0.0.2:5070', () => {
  it.each<[uri: string, remotePort: number, text: string, concerns: boolean]>([
    ['sip:10.0.0.2:5070', 5070, requestText, true],
    ['sip:10.0.0.2:5070', 5070, 'what is no SIP', true],
    ['sip:10.0.0.2:5070', 40_001, requestText, true],
    ['sip:10.0.0.2:5070', 40_001, 'what is no SIP', false],
    ['sip:10.0.0.2:5060', 5070, requestText, false],
    ['sip:10.0.0.3:5070', 5070, requestText, false],
    ['sip:10.0.0.1:5060', 5070, requestText, false],
  ])('is asked for by %s when it comes from port %i: %j', (uri, port, text, concerns) => {
    const message = tracedMessage({ remote: { address: '10.0.0.2', port }, text });
    expect(concernsNode(parseNodeUri(uri)!, message, outlineOf(message.bytes))).toBe(concerns);
  });
});
