import { type FileHandle, open } from 'node:fs/promises';
import { CommandFailure } from '../command-failure.ts';
import { print } from '../print.ts';
import { unwritable } from '../unwritable.ts';
import { count } from '../words.ts';
import { captureBlocks } from './capture-blocks.ts';
import type { TraceEnd } from './trace-end.ts';

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
      if (path !== '-') file ??= await opened(path);
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
function opened(path: string): Promise<FileHandle> {
  return open(path, 'w', 0o600).catch((error: unknown) => {
    throw unwritable('--write', path, error);
  });
}

async function written(file: FileHandle, path: string, bytes: Uint8Array): Promise<void> {
  await file.writeFile(bytes).catch((error: unknown) => {
    throw unwritable('--write', path, error);
  });
}
