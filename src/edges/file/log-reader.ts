import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { corrupt, errorCode } from './file-error.ts';
import { checkLogHead, headBytes, recordFrame } from './frame.ts';
import { FrameReader } from './frame-reader.ts';
import type { LogSegment } from './partition-state.ts';

interface OpenSegment {
  readonly path: string;
  readonly file: FileHandle;
  readonly frames: FrameReader;
  /** The position of the next record, and the one after the last of this file. */
  position: number;
  readonly end: number;
}

/** Opens a log file and checks its head. */
export async function openLog(path: string): Promise<FileHandle> {
  const file = await open(path, 'r');
  try {
    const head = new Uint8Array(headBytes);
    const { bytesRead } = await file.read(head, 0, headBytes, 0);
    checkLogHead(head.subarray(0, bytesRead), path);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Reads records by their position over files that follow one another. Who reads on where the last page ended reads each byte once;
 * another position costs a walk through its file.
 */
export class LogReader {
  readonly #folder: string;
  readonly #segments: readonly LogSegment[];
  readonly #start: number;
  #open: OpenSegment | undefined;

  /** @param start the position of the first record of the first file. */
  constructor(folder: string, segments: readonly LogSegment[], start: number) {
    this.#folder = folder;
    this.#segments = segments;
    this.#start = start;
  }

  /** The records from `from` on, at most `limit`, fewer only at the end. STORE_CORRUPT names file and byte. */
  async read(from: number, limit: number): Promise<Uint8Array[]> {
    const records: Uint8Array[] = [];
    try {
      while (records.length < limit) {
        const segment = await this.#at(from + records.length);
        if (segment === undefined) break;
        await take(segment, limit - records.length, records);
      }
    } catch (error) {
      await this.close();
      throw error;
    }
    return records;
  }

  async close(): Promise<void> {
    const file = this.#open?.file;
    this.#open = undefined;
    await file?.close();
  }

  /** The file with this position, opened and walked up to it. */
  async #at(position: number): Promise<OpenSegment | undefined> {
    const at = this.#open;
    if (at !== undefined && at.position === position && position < at.end) return at;
    await this.close();
    let start = this.#start;
    for (const { file: name, count, bytes } of this.#segments) {
      const end = start + count;
      if (position >= start && position < end) {
        const path = join(this.#folder, name);
        const file = await openLog(path);
        this.#open = { path, file, frames: new FrameReader(file, headBytes, bytes), position: start, end };
        await take(this.#open, position - start, undefined);
        return this.#open;
      }
      start = end;
    }
    return undefined;
  }
}

/** Reads or passes over at most `limit` records of a file that is known to hold them. */
async function take(segment: OpenSegment, limit: number, into: Uint8Array[] | undefined): Promise<void> {
  const { frames, path } = segment;
  const end = Math.min(segment.end, segment.position + limit);
  while (segment.position < end) {
    const step = frames.step();
    if (step === 'more') await frames.fill();
    else if (step !== 'frame') throw corrupt(path, frames.offset, `record ${segment.position} is unreadable`);
    else if (frames.kind === recordFrame) {
      into?.push(frames.payload());
      segment.position += 1;
    }
  }
}

/** Whether the file has the bytes that were committed. Throws STORE_CORRUPT. */
export async function checkSegment(folder: string, { file: name, bytes }: LogSegment): Promise<void> {
  const path = join(folder, name);
  let file: FileHandle;
  try {
    file = await openLog(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw corrupt(path, 0, 'the file is missing');
  }
  try {
    const { size } = await file.stat();
    if (size < bytes) throw corrupt(path, size, `${bytes - size} bytes are missing at the end`);
  } finally {
    await file.close();
  }
}
