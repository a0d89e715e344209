import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import pino from 'pino';

/** Where the lines of the log go. Writing never waits for a reader that has fallen behind, save on a terminal. */
export interface LogOutput {
  /** False when the line was dropped: the reader has fallen too far behind, or is gone. */
  write(line: string): boolean;
  /** Resolves when all is written, or after a second when nobody reads. Never rejects. */
  close(): Promise<void>;
}

/** Characters that wait for a reader that has fallen behind; further lines are dropped. */
const LONGEST_BACKLOG = 8 * 1024 * 1024;
const LONGEST_CLOSE_MS = 1000;

/** Opens a file descriptor for the log. */
export function openOutput(descriptor: number): LogOutput {
  const kind = fstatSync(descriptor);
  return kind.isFIFO() || kind.isSocket() ? pipeOutput(descriptor) : fileOutput(descriptor);
}

/**
 * A pipe to a collector of logs. It is written by the event loop: a write by a thread of the pool, as files have it,
 * would hang in the kernel while nobody reads, and the process could not even exit.
 */
function pipeOutput(descriptor: number): LogOutput {
  const socket = new Socket({ fd: descriptor, readable: false, writable: true });
  // A reader that has gone away (EPIPE) is no reason to end: the node's work goes on without a log.
  socket.on('error', () => {});
  return {
    write(line) {
      if (!socket.writable || socket.writableLength > LONGEST_BACKLOG) return false;
      socket.write(line);
      return true;
    },
    close() {
      return new Promise((resolve) => {
        const late = setTimeout(resolve, LONGEST_CLOSE_MS);
        const done = (): void => {
          clearTimeout(late);
          resolve();
        };
        if (socket.destroyed) done();
        else socket.once('close', done).end(done);
      });
    },
  };
}

/** A file, a terminal or a device takes a line at once. */
function fileOutput(descriptor: number): LogOutput {
  const destination = pino.destination({ dest: descriptor, sync: true, minLength: 0 });
  // A full disk must not end the node.
  destination.on('error', () => {});
  return {
    write(line) {
      destination.write(line);
      return true;
    },
    close: async () => {},
  };
}
