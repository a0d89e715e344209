import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { readMessage } from '../../src/edges/sip/message-reader.ts';
import { headerOf, type Node, PATIENCE, rawTcp, requestText, startNode } from '../edges/sip/loopback-node.ts';
import { loopbackAddresses } from '../loopback.ts';
import { TORTURE_MESSAGES, type TortureMessage, tortureBytes } from './torture-messages.ts';
import type { Outcome } from './torture-outcome.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const MARK = 'sent-after-the-message';
/** What is sent behind a message: once it is answered, no answer to the message itself can still be on its way. */
const marker = (transport: string) => requestText({ method: 'OPTIONS', transport, callId: MARK });

/** The node's answers in a text, the marker's left out. */
function answersIn(text: string): string[] {
  return text.split(/(?=SIP\/2\.0 \d{3} )/).filter((answer) => answer !== '' && headerOf(answer, 'Call-ID') !== MARK);
}

/** The port that the reply to a message goes to (RFC 3261 18.2.2), so the one that it has to come from. */
function replyPort(bytes: Buffer): number {
  const read = readMessage(bytes, { address: '127.0.0.1', port: 1, transport: 'udp' }, 'datagram');
  const message = read.kind === 'bad-request' ? read.message : read.kind === 'ignore' ? undefined : read;
  return message?.sentByPort || 5060;
}

function expectOutcome(node: Node, answers: readonly string[], outcome: Outcome): void {
  const codes = answers.map((answer) => Number(answer.slice(8, 11)));
  const methods = node.requests.map((request) => request.method);
  switch (outcome.kind) {
    case 'answered':
      expect({ codes, methods }).toEqual({ codes: [outcome.code], methods: [] });
      return;
    case 'handed_on':
      expect(methods[0]).toBe(outcome.method);
      expect(codes[0]).toBe(299);
      return;
    case 'silence':
      expect({ codes, methods }).toEqual({ codes: [], methods: [] });
  }
}

async function startTortured(transport: 'udp' | 'tcp', host: string): Promise<Node> {
  const node = await startNode([transport], {}, host);
  node.answer = (_request, reply) => reply({ code: 299 });
  return node;
}

describe('over UDP', () => {
  test.each(TORTURE_MESSAGES)('$rfc $section $file: $wanted', async (message) => {
    const bytes = tortureBytes(message);
    const host = nextAddress();
    const node = await startTortured('udp', host);
    const socket = createSocket('udp4');
    onTestFinished(() => {
      socket.close();
    });
    socket.bind(replyPort(bytes), host);
    await once(socket, 'listening');
    const received: string[] = [];
    socket.on('message', (answer) => received.push(answer.toString('latin1')));
    socket.send(bytes, node.uri().port, host);
    socket.send(marker('UDP'), node.uri().port, host);
    await vi.waitFor(
      () => expect(received.some((answer) => headerOf(answer, 'Call-ID') === MARK)).toBe(true),
      PATIENCE,
    );
    expectOutcome(node, answersIn(received.join('')), message.outcome);
  });
});

describe('over TCP', () => {
  const onStream = ({ outcome, onStream: other }: TortureMessage) => other ?? { outcome, closes: false };

  test.each(TORTURE_MESSAGES)('$rfc $section $file: $wanted', async (message) => {
    const { outcome, closes } = onStream(message);
    const node = await startTortured('tcp', nextAddress());
    const connection = await rawTcp(node.uri());
    connection.send(tortureBytes(message));
    if (closes) {
      await vi.waitFor(() => expect(connection.closed()).toBe(true), PATIENCE);
    } else {
      // Behind a message that is not complete a marker would become its body: it comes on a connection of its own.
      const other = message.onStream === undefined ? connection : await rawTcp(node.uri());
      other.send(marker('TCP'));
      await vi.waitFor(() => expect(other.text()).toContain(MARK), PATIENCE);
    }
    expectOutcome(node, answersIn(connection.text()), outcome);
  });
});
