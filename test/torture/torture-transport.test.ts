import { describe, expect, test, vi } from 'vitest';
import { readMessage } from '../../src/edges/sip/message-reader.ts';
import { type Node, PATIENCE, rawTcp, rawUdp, requestText, startNode } from '../edges/sip/loopback-node.ts';
import { TORTURE_MESSAGES, tortureBytes } from './torture-messages.ts';
import { answered, handedOn, type Outcome, silence } from './torture-outcome.ts';

/** A sender of its own, so that the port of every Via is free there. */
const SENDER = '127.20.5.1';

/** What the node did: requests that reach the handler are answered 405 here, as where nobody handles the method. */
function outcomeOf(node: Node, replies: readonly string[]): Outcome {
  const request = node.requests[0];
  if (request !== undefined) return handedOn(request.method);
  const code = replies.map((reply) => /^SIP\/2\.0 (\d+)/.exec(reply)?.[1])[0];
  return code === undefined ? silence : answered(Number(code));
}

async function strictNode(transport: 'udp' | 'tcp'): Promise<Node> {
  const node = await startNode([transport]);
  node.answer = (_request, reply) => reply({ code: 405 });
  return node;
}

describe('a torture message over UDP', () => {
  test.each(TORTURE_MESSAGES)('$rfc $section $file: $wanted', async (message) => {
    const node = await strictNode('udp');
    const sender = await rawUdp(SENDER);
    const bytes = tortureBytes(message);
    const read = readMessage(bytes, { address: SENDER, port: sender.port, transport: 'udp' }, 'datagram');
    const request = read.kind === 'bad-request' ? read.message : read.kind === 'request' ? read : undefined;
    const asksForRport = (request?.rportStart ?? -1) >= 0;
    const listener = asksForRport ? sender : await rawUdp(SENDER, request?.sentByPort || 5060);
    sender.send(bytes, node.uri());
    // Datagrams of one sender arrive in their order: with this one answered the other has been dealt with.
    sender.send(requestText({ method: 'OPTIONS', branch: 'z9hG4bKafter' }), node.uri());
    await vi.waitFor(() => expect(sender.received.join()).toContain('z9hG4bKafter'), PATIENCE);
    const isAnswer = (text: string): boolean => !text.includes('z9hG4bKafter');
    if (message.outcome.kind !== 'silence') {
      await vi.waitFor(() => expect(listener.received.filter(isAnswer)).not.toEqual([]), PATIENCE);
    }
    expect(outcomeOf(node, listener.received.filter(isAnswer))).toEqual(message.outcome);
  });
});

describe('a torture message over TCP', () => {
  test.each(TORTURE_MESSAGES)('$rfc $section $file: $wanted', async (message) => {
    const { outcome, closes } = message.onStream ?? { outcome: message.outcome, closes: false };
    const node = await strictNode('tcp');
    const client = await rawTcp(node.uri());
    client.send(tortureBytes(message));
    if (outcome.kind !== 'silence') await vi.waitFor(() => expect(client.text()).toContain('SIP/2.0 '), PATIENCE);
    if (closes) await vi.waitFor(() => expect(client.closed()).toBe(true), PATIENCE);
    const other = await rawTcp(node.uri());
    other.send(requestText({ method: 'OPTIONS', transport: 'TCP' }));
    await vi.waitFor(() => expect(other.text()).toContain('SIP/2.0 200 OK'), PATIENCE);
    expect(outcomeOf(node, client.text() === '' ? [] : [client.text()])).toEqual(outcome);
  });
});
