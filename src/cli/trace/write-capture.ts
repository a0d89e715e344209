import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as after } from 'node:timers/promises';
import { CommandFailure } from '../command-failure.ts';
import { print } from '../print.ts';
import { unwritable } from '../unwritable.ts';
import { count } from '../words.ts';
import { captureBlocks } from './capture-blocks.ts';
import type { TraceEnd } from './trace-end.ts';

/** How often it is looked whether somebody reads a pipe. */
const lookMs = 100;

/** Writes a capture as it comes, in whole blocks, until it ends or is called off. */
export async function writeCapture(
  pieces: AsyncIterable<Uint8Array>,
  path: string,
  signal: AbortSignal,
): Promise<TraceEnd> {
  let packets = 0;
  let totals = { seen: 0, dropped: 0 };
  let file: FileHandle | undefined;
  try {
    for await (const block of captureBlocks(pieces)) {
      // Not before the node has begun: who is refused has not overwritten anything.
      if (path !== '-') file ??= await opened(path, signal);
      await (file === undefined ? print(block.bytes) : written(file, path, block.bytes));
      if (block.isPacket) packets += 1;
      totals = block.totals ?? totals;
    }
  } catch (error) {
    if (!signal.aborted || error instanceof CommandFailure) throw error;
  } finally {
    await file?.close();
  }
  const words = `${count(packets, 'packet')}${path === '-' ? '' : ` in ${path}`}`;
  return { words, messages: totals.seen - totals.dropped, dropped: totals.dropped };
}

/** Bodies are contents: nobody else may read the file. */
async function opened(path: string, signal: AbortSignal): Promise<FileHandle> {
  const isPipe = await stat(path).then(
    (found) => found.isFIFO(),
    () => false,
  );
  try {
    await using _ = isPipe ? await readPipe(path, signal) : undefined;
    return await open(path, 'w', 0o600);
  } catch (error) {
    throw signal.aborted ? error : unwritable('--write', path, error);
  }
}

/**
 * A named pipe as soon as somebody reads it, as wireshark does. To open it before takes until then, and the process can't end while it tries: so
 * that is asked again and again.
 */
async function readPipe(path: string, signal: AbortSignal): Promise<FileHandle> {
  for (;;) {
    try {
      return await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENXIO')) throw error;
    }
    await after(lookMs, undefined, { signal });
  }
}

async function written(file: FileHandle, path: string, bytes: Uint8Array): Promise<void> {
  await file.writeFile(bytes).catch((error: unknown) => {
    throw unwritable('--write', path, error);
  });
}
