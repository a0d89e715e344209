import { join } from 'node:path';
import { corrupt } from './file-error.ts';
import { headBytes, recordFrame } from './frame.ts';
import { FrameReader } from './frame-reader.ts';
import { openLog } from './log-reader.ts';
import type { LogSegment } from './partition-state.ts';

/** A page ends early when it holds so much. */
const PAGE_BYTES = 33_554_432;

/** Where reading goes on: a position, and the byte at which its frame begins in its file or before. */
interface Place {
  readonly file: string;
  readonly position: number;
  readonly offset: number;
}

interface Part extends LogSegment {
  /** The position of its first record. */
  readonly start: number;
}

/**
 * Reads records over files that somebody else may remove. Nothing stays open between pages, so who stops in the middle leaves nothing
 * behind. ENOENT: a file, or the folder that an owner had, is not there any more.
 */
export class SnapshotReader {
  readonly #folder: string;
  readonly #parts: readonly Part[];
  #place: Place | undefined;

  /** @param start the position of the first record of the first file. */
  constructor(folder: string, segments: readonly LogSegment[], start: number) {
    this.#folder = folder;
    let end = start;
    this.#parts = segments.map((segment) => {
      const part = { ...segment, start: end };
      end += segment.count;
      return part;
    });
  }

  /** The records from `from` on: at most `limit`, fewer at the end and when they are big. STORE_CORRUPT names file and byte. */
  async page(from: number, limit: number): Promise<Uint8Array[]> {
    const page: Uint8Array[] = [];
    for (let bytes = 0; page.length < limit && bytes < PAGE_BYTES; ) {
      const position = from + page.length;
      const part = this.#parts.find(({ start, count }) => position >= start && position < start + count);
      if (part === undefined) break;
      bytes += await this.#take(part, position, limit, page, PAGE_BYTES - bytes);
    }
    return page;
  }

  /** Adds records of one file to the page and says how many bytes they have. */
  async #take(part: Part, from: number, limit: number, page: Uint8Array[], most: number): Promise<number> {
    const path = join(this.#folder, part.file);
    const known = this.#place?.file === part.file && this.#place.position <= from ? this.#place : undefined;
    let { position, offset } = known ?? { position: part.start, offset: headBytes };
    let bytes = 0;
    const file = await openLog(path);
    try {
      const frames = new FrameReader(file, offset, part.bytes);
      while (position < part.start + part.count && page.length < limit && bytes < most) {
        const step = frames.step();
        if (step === 'more') await frames.fill();
        else if (step !== 'frame') throw corrupt(path, frames.offset, `record ${position} is unreadable`);
        else if (frames.kind === recordFrame) {
          if (position >= from) {
            const record = frames.payload();
            page.push(record);
            bytes += record.length;
          }
          position += 1;
          offset = frames.offset;
        }
      }
    } finally {
      await file.close();
    }
    this.#place = { file: part.file, position, offset };
    return bytes;
  }
}
