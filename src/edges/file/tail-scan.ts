import type { FileHandle } from 'node:fs/promises';
import { corrupt } from './file-error.ts';
import { cursorFrame, frameHeadBytes, frameMark, headBytes, markOffset, readCursor, recordFrame } from './frame.ts';
import { FrameReader } from './frame-reader.ts';
import { openLog } from './log-reader.ts';

/** What a journal file holds whose end is not known, because its writer may have died in the middle of a write. */
export interface TailScan {
  readonly records: number;
  /** The last cursor in it; 0 when there is none. */
  readonly cursor: number;
  /** Where the last whole frame ends. */
  readonly bytes: number;
  /** Bytes behind that, of a write that was not finished. */
  readonly torn: number;
}

export const emptyTail: TailScan = { records: 0, cursor: 0, bytes: headBytes, torn: 0 };

const WINDOW = 1_048_576;
/** More places than this that look like a frame are no unfinished write, whatever else they are. */
const MOST_LIKENESSES = 10_000;

/**
 * Walks through a journal file; `from` is what an earlier walk has found. An unreadable end is counted as torn. An unreadable place with
 * anything readable behind it is no unfinished write: STORE_CORRUPT.
 */
export async function scanTail(path: string, from: TailScan = emptyTail): Promise<TailScan> {
  const file = await openLog(path);
  try {
    const { size } = await file.stat();
    if (size < from.bytes) throw corrupt(path, size, `${from.bytes - size} bytes are missing at the end`);
    const frames = new FrameReader(file, from.bytes, size);
    let { records, cursor } = from;
    for (;;) {
      const step = frames.step();
      if (step === 'more') await frames.fill();
      else if (step === 'frame') {
        if (frames.kind === recordFrame) records += 1;
        else if (frames.kind === cursorFrame) cursor = Math.max(cursor, readCursor(frames.payload()));
      } else break;
    }
    const bytes = frames.offset;
    if (bytes < size && (await anythingReadable(file, bytes + 1, size))) {
      throw corrupt(path, bytes, `record ${records} of this file is unreadable and others follow it`);
    }
    return { records, cursor, bytes, torn: size - bytes };
  } finally {
    await file.close();
  }
}

/** Whether a whole frame begins anywhere between two bytes. */
async function anythingReadable(file: FileHandle, start: number, end: number): Promise<boolean> {
  const window = Buffer.alloc(Math.min(WINDOW, end - start));
  let likenesses = 0;
  for (let offset = start; end - offset >= frameHeadBytes; ) {
    const { bytesRead } = await file.read(window, 0, Math.min(window.length, end - offset), offset);
    if (bytesRead < frameHeadBytes) return false;
    const read = window.subarray(0, bytesRead);
    for (let mark = read.indexOf(frameMark, markOffset); mark !== -1; mark = read.indexOf(frameMark, mark + 1)) {
      likenesses += 1;
      if (likenesses > MOST_LIKENESSES || (await readable(file, offset + mark - markOffset, end))) return true;
    }
    // The next window begins where a mark might have been cut by the end of this one.
    offset += bytesRead - frameHeadBytes + 1;
  }
  return false;
}

async function readable(file: FileHandle, offset: number, end: number): Promise<boolean> {
  const frames = new FrameReader(file, offset, end);
  for (;;) {
    const step = frames.step();
    if (step !== 'more') return step === 'frame';
    await frames.fill();
  }
}
