import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { outlineOf } from '../../../src/core/trace/message-outline.ts';
import { requestText } from './traced-message.ts';

const nothing = {
  method: undefined,
  code: undefined,
  reason: undefined,
  channel: undefined,
  callId: undefined,
  from: undefined,
  to: undefined,
};
const ends = {
  from: { host: '10.0.0.2', port: 5070, transport: 'udp' },
  to: { host: '10.0.0.1', port: 5060, transport: 'udp' },
};
const reply = (first: string) => requestText.replace(/^.*/, first);

describe('the outline of a message', () => {
  it.each<[what: string, text: string, outline: object]>([
    ['a request', requestText, { method: 'KDMQ', channel: 'greetings', callId: 'first-call', ...ends }],
    [
      'a reply',
      reply('SIP/2.0 202 Accepted DMQ'),
      { method: 'KDMQ', code: 202, reason: 'Accepted DMQ', channel: 'greetings', callId: 'first-call', ...ends },
    ],
    [
      'a reply without a reason',
      reply('SIP/2.0 200 '),
      { method: 'KDMQ', code: 200, channel: 'greetings', callId: 'first-call', ...ends },
    ],
    [
      'compact names',
      'KDMQ sip:a@10.0.0.1 SIP/2.0\r\ni: x\r\nf: sip:a@10.0.0.2;tag=1\r\nt: "A" <sip:a@10.0.0.1;transport=tcp>\r\n\r\n',
      {
        method: 'KDMQ',
        channel: 'a',
        callId: 'x',
        from: { host: '10.0.0.2', port: 5060, transport: 'udp' },
        to: { host: '10.0.0.1', port: 5060, transport: 'tcp' },
      },
    ],
    [
      'line ends before it',
      `\r\n\r\n${requestText}`,
      { method: 'KDMQ', channel: 'greetings', callId: 'first-call', ...ends },
    ],
    [
      'a header that stands in the body',
      'KDMQ sip:10.0.0.1 SIP/2.0\r\nVia: x\r\n\r\nCall-ID: of-the-body\r\n',
      { method: 'KDMQ' },
    ],
    ['line feeds alone', 'OPTIONS sip:10.0.0.1 SIP/2.0\nCall-ID: a\n\nb', { method: 'OPTIONS', callId: 'a' }],
    ['a keep-alive', '\r\n\r\n', {}],
    ['what is no SIP', '\x16\x03\x01 GET / HTTP/1.1\r\n', {}],
    ['a message in the packet of something else', `HEP3\x01\xff\r${requestText}`, { callId: 'first-call', ...ends }],
    ['nothing', '', {}],
  ])('%s', (_, text, outline) => {
    expect(outlineOf(Buffer.from(text, 'latin1'))).toEqual({ ...nothing, ...outline });
  });

  it.each([
    ['spaces in the Call-ID', `i: x${' '.repeat(16_000)}x`],
    ['spaces in From', `From: x${' '.repeat(16_000)}x`],
    ['brackets in To', `To: ${'<'.repeat(16_000)}`],
  ])('costs no more for %s than for anything of that length', (_, header) => {
    const bytes = Buffer.from(`KDMQ sip:a@10.0.0.1 SIP/2.0\r\n${header}\r\n\r\n`);
    const before = process.threadCpuUsage();
    for (let count = 0; count < 10; count += 1) outlineOf(bytes);
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1_000, 'milliseconds of a processor').toBeLessThan(500);
  });

  it('of a long message looks at no more than its head', () => {
    const bytes = Buffer.from(
      `KDMQ sip:a@10.0.0.1 SIP/2.0\r\nSubject: ${'x'.repeat(1_000_000)}\r\nCall-ID: late\r\n\r\n`,
    );
    expect(outlineOf(bytes)).toEqual({ ...nothing, method: 'KDMQ', channel: 'a' });
  });
});
