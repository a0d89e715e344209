import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { type ReadResult, readMessage } from '../../src/edges/sip/message-reader.ts';
import { type Ping, StreamFramer } from '../../src/edges/sip/stream-framer.ts';
import type { Source } from '../../src/ports/sip-transport.ts';
import { TORTURE_MESSAGES, tortureBytes } from './torture-messages.ts';
import { answered, handedOn, type Outcome, silence } from './torture-outcome.ts';

const source: Source = { address: '192.0.2.1', port: 5060, transport: 'udp' };

/** What the transport does with what was read. */
function outcomeOf(read: ReadResult | Ping | undefined): Outcome {
  if (read?.kind === 'bad-request') return read.message === undefined ? silence : answered(read.code);
  if (read?.kind !== 'request' || read.method === 'ACK') return silence;
  return read.method === 'OPTIONS' ? answered(200) : handedOn(read.method);
}

describe('a torture message in a datagram', () => {
  test.each(TORTURE_MESSAGES)('$rfc $section $file: $wanted', (message) => {
    expect(outcomeOf(readMessage(tortureBytes(message), source, 'datagram'))).toEqual(message.outcome);
  });

  const replies = TORTURE_MESSAGES.filter(({ reply }) => reply !== undefined);
  test.each(replies)('$file is read as a reply', (message) => {
    const read = readMessage(tortureBytes(message), source, 'datagram');
    expect(read).toMatchObject({ kind: 'reply', ...message.reply });
  });
});

describe('a torture message on a stream', () => {
  test.each(TORTURE_MESSAGES)('$rfc $section $file: $wanted', (message) => {
    const framer = new StreamFramer({ ...source, transport: 'tcp' }, 65536);
    framer.push(tortureBytes(message));
    const outcome = outcomeOf(framer.next());
    expect(outcome).toEqual(message.onStream?.outcome ?? message.outcome);
    expect(framer.broken).toBe(message.onStream?.closes ?? false);
  });
});

describe('the torture messages', () => {
  it('are all in the table, once', () => {
    const files = ['rfc4475', 'rfc5118'].flatMap((folder) =>
      readdirSync(new URL(folder, import.meta.url)).map((name) => `${folder}/${name}`),
    );
    expect(TORTURE_MESSAGES.map(({ file }) => file).sort()).toEqual(files.sort());
  });

  it('are the bytes of the RFCs', () => {
    const all = createHash('sha256');
    for (const message of [...TORTURE_MESSAGES].sort((a, b) => (a.file < b.file ? -1 : 1)))
      all.update(tortureBytes(message));
    expect(all.digest('hex')).toMatchInlineSnapshot(
      `"671b6b008429d7f6ecf47710e43e3886287020878591c54473107e35b4b503a0"`,
    );
  });
});
