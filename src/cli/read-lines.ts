/** One line of a file, numbered from 1. */
export interface Line {
  readonly number: number;
  /** Without the line break; undefined for a line that is too long to be kept. */
  readonly bytes: Uint8Array | undefined;
}

const LINE_FEED = 10;

/** The lines of a stream of bytes. Not more than `longest` bytes of one line are held. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, longest: number): AsyncGenerator<Line> {
  let number = 1;
  let parts: Uint8Array[] = [];
  let length = 0;
  const take = (part: Uint8Array): void => {
    length += part.length;
    if (length > longest) parts = [];
    else if (part.length > 0) parts.push(part);
  };
  const end = (): Line => {
    const bytes = length > longest ? undefined : parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    parts = [];
    length = 0;
    return { number: number++, bytes };
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, start)) {
      take(chunk.subarray(start, at));
      yield end();
      start = at + 1;
    }
    take(chunk.subarray(start));
  }
  if (length > 0) yield end();
}
