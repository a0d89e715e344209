import type { TracedMessage } from '../../../src/core/trace/traced-message.ts';

/** A message that a test needs, with the parts that the test names. */
export function tracedMessage({
  text = 'hello',
  ...parts
}: Partial<TracedMessage> & { text?: string } = {}): TracedMessage {
  return {
    time: Date.UTC(2026, 0, 31, 12) + 0.25,
    direction: 'received',
    transport: 'udp',
    local: { address: '10.0.0.1', port: 5060 },
    remote: { address: '10.0.0.2', port: 5070 },
    bytes: Buffer.from(text),
    ...parts,
  };
}

/** A KDMQ request from 10.0.0.2:5070 to 10.0.0.1:5060. */
export const requestText = [
  'KDMQ sip:greetings@10.0.0.1:5060 SIP/2.0',
  'Via: SIP/2.0/UDP 10.0.0.2:5070;branch=z9hG4bK1',
  'From: <sip:greetings@10.0.0.2:5070>;tag=a',
  'To: <sip:greetings@10.0.0.1:5060>',
  'Call-ID: first-call',
  'CSeq: 10 KDMQ',
  'Content-Length: 5',
  '',
  'hello',
].join('\r\n');
