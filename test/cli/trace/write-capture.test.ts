import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeCapture } from '../../../src/cli/trace/write-capture.ts';

const folder = mkdtempSync(join(tmpdir(), 'kdmq-capture-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A block without anything in it. */
const block = Buffer.alloc(12);
block.writeUInt32LE(12, 4);

async function* capture(): AsyncGenerator<Uint8Array> {
  yield block;
}

function pipe(name: string): string {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  return path;
}

describe('a capture that is written into a named pipe', () => {
  it('waits for who reads it', async () => {
    const path = pipe('read');
    const writing = writeCapture(capture(), path, new AbortController().signal);
    expect(await readFile(path)).toEqual(block);
    expect(await writing).toMatchObject({ words: `0 packets in ${path}` });
  });

  it('that nobody reads ends when it is called off', async () => {
    const calledOff = new AbortController();
    const writing = writeCapture(capture(), pipe('unread'), calledOff.signal);
    calledOff.abort();
    expect(await writing).toMatchObject({ messages: 0 });
  });
});
