import { describe, expect, it } from 'vitest';
import { TcpStreams } from '../../../src/core/trace/tcp-streams.ts';
import { tracedMessage } from './traced-message.ts';

const received = tracedMessage({ transport: 'tcp' });
const sent = tracedMessage({ transport: 'tcp', direction: 'sent' });
const fromPort = (port: number) => tracedMessage({ transport: 'tcp', remote: { address: '10.0.0.2', port } });

describe('the sequence numbers of a stream', () => {
  it('go on where the message before ended, each direction by itself, and acknowledge what the other one has', () => {
    const streams = new TcpStreams(10);
    expect(streams.advance(received, 100)).toEqual({ sequence: 1, acknowledged: 1 });
    expect(streams.advance(sent, 30)).toEqual({ sequence: 1, acknowledged: 101 });
    expect(streams.advance(received, 5)).toEqual({ sequence: 101, acknowledged: 31 });
  });

  it('wrap at 2^32', () => {
    const streams = new TcpStreams(10);
    streams.advance(received, 2 ** 32 - 2);
    expect(streams.advance(received, 3).sequence).toBe(2 ** 32 - 1);
    expect(streams.advance(received, 1).sequence).toBe(2);
  });

  it('are remembered for so many streams, those that were seen last', () => {
    const streams = new TcpStreams(2);
    for (const port of [1, 2, 1, 3]) streams.advance(fromPort(port), 10);
    expect(streams.advance(fromPort(1), 10).sequence).toBe(21);
    expect(streams.advance(fromPort(2), 10).sequence).toBe(1);
  });
});
