import { constants, createReadStream, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/**
 * A file to be read. To open a named pipe takes until somebody writes into it, and the process can't end before: so that is opened without, and
 * waited for as for a socket.
 */
export async function openStream(path: string, highWaterMark?: number): Promise<Readable> {
  if (!(await stat(path)).isFIFO()) return createReadStream(path, { highWaterMark });
  return new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), writable: false });
}
