import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Export, OtlpClient } from '../../../src/edges/otel/otlp-client.ts';

/** What came of a batch for a collector that answers with just these bytes. */
async function exportTo(answer: string): Promise<Export> {
  const server = createServer((connection) => {
    connection.on('error', () => {});
    connection.once('data', () => connection.write(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const client = new OtlpClient({
    url: `http://127.0.0.1:${port}/v1/traces`,
    protocol: 'http/json',
    headers: {},
    authorityFile: undefined,
    certificateFile: undefined,
    keyFile: undefined,
    compressed: false,
    timeoutMs: 500,
  });
  try {
    return await client.send([], new AbortController().signal);
  } finally {
    server.close();
  }
}

describe('a batch of spans', () => {
  it.each<[what: string, answer: string, result: object]>([
    [
      'that wants another protocol',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
      { kind: 'refused', why: 'status 101' },
    ],
    ['that speaks no HTTP', 'SIP/2.0 200 OK\r\n\r\n', { kind: 'again', why: expect.stringContaining('Parse Error') }],
    ['that says nothing', '', { kind: 'again', why: 'no answer in time' }],
    ['that says to go on only', 'HTTP/1.1 100 Continue\r\n\r\n', { kind: 'again', why: 'no answer in time' }],
    ['that stops in its answer', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1', { kind: 'again' }],
    [
      'that does not stop',
      `HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n${'x'.repeat(2_000_000)}`,
      { kind: 'again' },
    ],
  ])('has an end with a collector %s', async (_, answer, result) => {
    expect(await exportTo(answer)).toMatchObject(result);
  });
});
