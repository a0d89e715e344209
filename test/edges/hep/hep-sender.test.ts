import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CaptureServer, HepSender } from '../../../src/edges/hep/hep-sender.ts';
import { SystemClock } from '../../../src/edges/system/system-clock.ts';
import { MessageTaps } from '../../../src/edges/trace/message-taps.ts';
import { type HepMessage, readHep } from '../../core/trace/read-hep.ts';
import { requestText, tracedMessage } from '../../core/trace/traced-message.ts';
import { MemoryCounters } from '../../fakes/memory-counters.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { loopbackAddresses } from '../../loopback.ts';
import { startNode } from '../../running-node.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);

/** A capture server on a real socket. */
async function captureServer(host = nextAddress()) {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const received: HepMessage[] = [];
  socket.on('message', (packet) => received.push(readHep(packet)));
  socket.bind(0, host);
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return { host, port: socket.address().port, received };
}

function senderTo(first: CaptureServer | undefined) {
  const clock = new SystemClock();
  const taps = new MessageTaps(clock);
  const counters = new MemoryCounters();
  const log = new MemoryLog();
  let server = first;
  const sender = new HepSender({ trace: taps, server: () => server, clock, counters, log });
  onTestFinished(() => sender.stop());
  const retarget = (next: CaptureServer | undefined): void => {
    server = next;
    sender.retarget();
  };
  const show = (text = requestText): void => taps.take(tracedMessage({ text }));
  return { sender, taps, counters, log, retarget, show };
}

/** Shows a message again and again until the check passes: a socket takes a moment to be connected. */
async function shownUntil(show: () => void, check: () => void): Promise<void> {
  await expect
    .poll(
      () => {
        show();
        check();
        return true;
      },
      { timeout: 20_000, interval: 20 },
    )
    .toBe(true);
}

describe('what goes to a capture server', () => {
  it.each(['127.0.0.1', '::1'])('at %s is each message, with its Call-ID', async (host) => {
    const { port, received } = await captureServer(host);
    const { sender, show, counters } = senderTo({ host, port, captureId: 7 });
    sender.start();
    await shownUntil(show, () => expect(received.length).toBeGreaterThan(0));
    expect(received[0]).toMatchObject({ captureId: 7, correlationId: 'first-call', payload: requestText });
    await expect.poll(() => counters.value('hep_sent')).toBeGreaterThan(0);
  });

  it('is sent to the address that a name leads to', async () => {
    const { address } = await lookup('localhost');
    const { port, received } = await captureServer(address);
    const { sender, show } = senderTo({ host: 'localhost', port, captureId: 1 });
    sender.start();
    await shownUntil(show, () => expect(received.length).toBeGreaterThan(0));
  });

  it('is nothing without one, and nothing is looked at then', () => {
    const { sender, taps } = senderTo(undefined);
    sender.start();
    expect(taps.hasTakers).toBe(false);
  });

  it('goes to another one when that is configured, and nowhere when none is', async () => {
    const [first, second] = [await captureServer(), await captureServer()];
    const { sender, taps, show, retarget } = senderTo({ ...first, captureId: 1 });
    sender.start();
    await shownUntil(show, () => expect(first.received.length).toBeGreaterThan(0));
    retarget({ ...second, captureId: 2 });
    await shownUntil(show, () => expect(second.received.length).toBeGreaterThan(0));
    expect(second.received[0]?.captureId).toBe(2);
    retarget(undefined);
    expect(taps.hasTakers).toBe(false);
  });

  it('is neither what is no SIP nor what does not fit a datagram', async () => {
    const server = await captureServer();
    const { sender, show, counters } = senderTo({ ...server, captureId: 1 });
    sender.start();
    await shownUntil(show, () => expect(server.received.length).toBeGreaterThan(0));
    show('\r\n\r\n');
    show(`${requestText}${'x'.repeat(65_500)}`);
    expect(counters.value('hep_dropped', 'not_sip')).toBe(1);
    expect(counters.value('hep_dropped', 'too_large')).toBe(1);
  });

  it('is dropped and counted, and said once, when nobody listens there', async () => {
    const { sender, show, counters, log } = senderTo({ host: nextAddress(), port: 9, captureId: 1 });
    sender.start();
    await shownUntil(show, () => expect(counters.value('hep_dropped', 'unreachable')).toBeGreaterThan(3));
    expect(log.messages('warn')).toHaveLength(1);
  });

  it('is dropped and counted while its name leads nowhere', async () => {
    const { sender, show, counters, log } = senderTo({ host: 'nowhere.invalid', port: 9060, captureId: 1 });
    sender.start();
    show();
    expect(counters.value('hep_dropped', 'no_address')).toBe(1);
    await expect
      .poll(() => log.messages('warn'), { timeout: 20_000 })
      .toEqual([expect.stringContaining('its name is not found')]);
  });

  it('ends at the stop', async () => {
    const server = await captureServer();
    const { sender, taps, show } = senderTo({ ...server, captureId: 1 });
    sender.start();
    await shownUntil(show, () => expect(server.received.length).toBeGreaterThan(0));
    sender.stop();
    expect(taps.hasTakers).toBe(false);
  });
});

it('a node sends what it exchanges with another one, in both directions', async () => {
  const server = await captureServer();
  const [host, other] = [nextAddress(), nextAddress()];
  await using a = await startNode({
    server_address: `sip:${host}:5060`,
    duplicate_uri: `sip:${server.host}:${server.port}`,
    hep_capture_id: 2_001,
  });
  await using b = await startNode({ server_address: `sip:${other}:5060`, notification_address: a.uri });
  b.listen('greetings');
  await expect.poll(() => a.active(), { timeout: 20_000 }).toEqual([b.uri]);
  await a.broadcast('greetings', 'hello');
  const about = (beginning: RegExp) =>
    server.received.find(({ payload }) => payload.includes('greetings@') && beginning.test(payload));
  await expect.poll(() => about(/^SIP\/2\.0 202 /), { timeout: 20_000 }).toBeDefined();
  const [request, reply] = [about(/^KDMQ sip:greetings@.*hello$/s), about(/^SIP\/2\.0 202 /)];
  expect(request?.captureId).toBe(2_001);
  expect(reply).toMatchObject({
    source: request?.destination,
    destination: request?.source,
    correlationId: request?.correlationId,
  });
  expect(reply!.time).toBeGreaterThan(request!.time);
  expect(a.counter('hep_sent')).toBeGreaterThanOrEqual(2);
});
