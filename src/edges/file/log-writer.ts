import { type FileHandle, open, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from './file-error.ts';
import { type FrameKind, frameHeadBytes, headBytes, logHead, putFrame, putFrameHead, recordFrame } from './frame.ts';

/** Where a writer stood, to go back to. */
export interface LogMark {
  readonly written: number;
  readonly records: number;
  readonly frames: number;
}

/**
 * Writes frames into a new file, collected into large writes at places of their own, so that what a failed write has left behind is
 * written over. Frames that wait for `flush` count already in `records`.
 */
export class LogWriter {
  /** The file's name in its folder. */
  readonly name: string;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #buffer: Uint8Array;
  #waiting = 0;
  #written = headBytes;
  #records = 0;
  #frames = 0;
  #synced = 0;
  #broken: unknown;

  private constructor(folder: string, name: string, file: FileHandle, bufferBytes: number) {
    this.name = name;
    this.#path = join(folder, name);
    this.#file = file;
    this.#buffer = new Uint8Array(bufferBytes);
  }

  /** Makes the file. @param bufferBytes bytes that are collected before they are written by themselves. */
  static async create(folder: string, name: string, bufferBytes: number): Promise<LogWriter> {
    const writer = new LogWriter(folder, name, await open(join(folder, name), 'wx', 0o640), bufferBytes);
    try {
      await writer.#write([logHead()], 0);
      return writer;
    } catch (error) {
      await writer.discard();
      throw error;
    }
  }

  get records(): number {
    return this.#records;
  }

  /** Frames of all kinds. */
  get frames(): number {
    return this.#frames;
  }

  /** Bytes of the file that hold whole frames. */
  get written(): number {
    return this.#written;
  }

  /** Takes as many payloads as can be held or written; on an error `records` says how many were taken. */
  async add(kind: FrameKind, payloads: readonly Uint8Array[]): Promise<void> {
    for (const payload of payloads) {
      const size = frameHeadBytes + payload.length;
      if (this.#waiting + size > this.#buffer.length) await this.flush();
      if (size <= this.#buffer.length) this.#waiting = putFrame(this.#buffer, this.#waiting, kind, payload);
      else await this.#writeLong(kind, payload);
      this.#frames += 1;
      if (kind === recordFrame) this.#records += 1;
    }
  }

  async flush(): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#waiting === 0) return;
    await this.#write([this.#buffer.subarray(0, this.#waiting)], this.#written);
    this.#written += this.#waiting;
    this.#waiting = 0;
  }

  /** Resolves when what was flushed lies on the disk. */
  async sync(): Promise<void> {
    const written = this.#written;
    if (this.#synced === written) return;
    await this.#file.datasync();
    this.#synced = Math.max(this.#synced, written);
  }

  mark(): LogMark {
    return { written: this.#written, records: this.#records, frames: this.#frames };
  }

  /** Takes back what came after the mark, from the file too. Where that fails the writer takes nothing any more. */
  async back({ written, records, frames }: LogMark): Promise<void> {
    this.#waiting = 0;
    this.#written = written;
    this.#records = records;
    this.#frames = frames;
    try {
      // By its path: the file is somebody else's when the folder has got another name.
      await truncate(this.#path, written);
    } catch (error) {
      this.#broken = fileError(error, this.#path);
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** Closes the file and removes it, as well as that can be done. */
  async discard(): Promise<void> {
    await this.close();
    await rm(this.#path, { force: true }).catch(() => {});
  }

  async #writeLong(kind: FrameKind, payload: Uint8Array): Promise<void> {
    const head = new Uint8Array(frameHeadBytes);
    putFrameHead(head, 0, kind, payload);
    await this.#write([head, payload], this.#written);
    this.#written += frameHeadBytes + payload.length;
  }

  async #write(pieces: readonly Uint8Array[], position: number): Promise<void> {
    let at = position;
    for (const piece of pieces) {
      for (let done = 0; done < piece.length; ) {
        const { bytesWritten } = await this.#file.write(piece, done, piece.length - done, at);
        done += bytesWritten;
        at += bytesWritten;
      }
    }
  }
}
