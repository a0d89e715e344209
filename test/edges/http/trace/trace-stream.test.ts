import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { TracedMessage } from '../../../../src/core/trace/traced-message.ts';
import { JsonWriter } from '../../../../src/edges/http/trace/json-writer.ts';
import { TraceStream } from '../../../../src/edges/http/trace/trace-stream.ts';
import { requestText, tracedMessage } from '../../../core/trace/traced-message.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { MemoryCounters } from '../../../fakes/memory-counters.ts';
import { loopbackAddresses } from '../../../loopback.ts';
import { TraceClient } from './trace-client.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const wish = { node: undefined, count: undefined, forMs: undefined };

/** A stream to somebody who reads nothing, with as much waiting for him as may. */
async function serveUnread() {
  const clock = new FakeClock();
  const counters = new MemoryCounters();
  let taker: (message: TracedMessage) => void = () => {};
  const trace = {
    follow(take: (message: TracedMessage) => void) {
      taker = take;
      return () => {};
    },
  };
  let stream: TraceStream | undefined;
  let response: ServerResponse | undefined;
  const server = createServer((_, answer) => {
    response = answer;
    stream = new TraceStream(answer, new JsonWriter(), wish, { trace, clock, counters });
  });
  server.listen(0, nextAddress());
  await once(server, 'listening');
  const { address, port } = server.address() as AddressInfo;
  const client = await TraceClient.connect(`http://${address}:${port}/`, { reads: false });
  const show = (text: string): void => taker(tracedMessage({ text }));
  await expect
    .poll(() => {
      for (let i = 0; i < 50; i += 1) show(`${requestText}${'x'.repeat(60_000)}`);
      return counters.value('sip_trace_dropped') > 0 && response!.writableLength > 1_048_576;
    })
    .toBe(true);
  return {
    clock,
    stream: stream!,
    response: response!,
    client,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      response?.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('a stream to who reads nothing', () => {
  it('is cut half a minute after as much waits for him as may', async () => {
    await using served = await serveUnread();
    served.clock.advance(15_000);
    expect(served.response.destroyed).toBe(false);
    served.clock.advance(15_000);
    expect(served.response.destroyed).toBe(true);
  });

  it('goes on when he reads meanwhile', async () => {
    await using served = await serveUnread();
    served.clock.advance(15_000);
    served.client.read();
    await expect.poll(() => served.response.writableLength).toBe(0);
    served.clock.advance(60_000);
    expect(served.response.destroyed).toBe(false);
  });

  it('is cut five seconds after its end', async () => {
    await using served = await serveUnread();
    served.stream.end();
    served.clock.advance(4_999);
    expect(served.response.destroyed).toBe(false);
    served.clock.advance(1);
    expect(served.response.destroyed).toBe(true);
  });
});
