import { open, stat } from 'node:fs/promises';
import process from 'node:process';
import { readItemLine } from '../../core/mqueue/item-line.ts';
import { whyUnreadable } from '../../core/why-unreadable.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { openStream } from '../open-stream.ts';
import { type Line, readLines } from '../read-lines.ts';
import { sayThatItIsRead } from '../standard-input.ts';
import type { FoundItem, ItemSource } from './item-source.ts';

/** The longest item as base64, with what stands around it. */
const LONGEST_LINE = 402_653_184;
const BATCH_ITEMS = 1_000;
const BATCH_BYTES = 1_048_576;

/** Lines of JSON in a file; `-` is standard input. Fails when there is no such file. */
export async function openLines(path: string): Promise<ItemSource> {
  if (path === '-') {
    sayThatItIsRead('the list of items');
    return sourceOf('standard input', process.stdin, undefined);
  }
  try {
    const size = await sizeOf(path);
    return sourceOf(path, await openStream(path, 1_048_576), size);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw unreadable(path, error);
  }
}

/** Undefined for a pipe. */
async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path);
  if (found.isDirectory())
    throw new CommandFailure(EXIT_CODES.missing, `${path} is a folder: give a file, or - for standard input`);
  if (!found.isFile()) return undefined;
  await (await open(path, 'r')).close();
  return found.size;
}

function unreadable(path: string, error: unknown): CommandFailure {
  return new CommandFailure(EXIT_CODES.missing, `${path} ${whyUnreadable(error)}`, { cause: error });
}

function sourceOf(
  name: string,
  stream: NodeJS.ReadableStream & { destroy(): unknown },
  size: number | undefined,
): ItemSource {
  let read = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      read += bytes.length;
      yield bytes;
    }
  }
  return {
    name,
    batches: () => batchesOf(readLines(counted(), LONGEST_LINE)),
    done: () => (size === undefined || size === 0 ? undefined : Math.min(1, read / size)),
    notes: [],
    afterwards: [],
    close: () => void stream.destroy(),
  };
}

async function* batchesOf(lines: AsyncIterable<Line>): AsyncGenerator<FoundItem[]> {
  let batch: FoundItem[] = [];
  let bytes = 0;
  for await (const line of lines) {
    const found = itemOf(line);
    if (found === undefined) continue;
    batch.push(found);
    bytes += line.bytes?.length ?? 0;
    if (batch.length < BATCH_ITEMS && bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  yield batch;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Undefined for a line without anything on it. */
function itemOf({ number, bytes }: Line): FoundItem | undefined {
  if (bytes === undefined) return { problem: `line ${number} is longer than any item` };
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return { problem: `line ${number} is not UTF-8: write such bytes as {"base64":"…"}` };
  }
  if (text.trim() === '') return undefined;
  const reading = readItemLine(text);
  return reading.ok ? { item: reading.value } : { problem: `line ${number} ${reading.problem}` };
}
