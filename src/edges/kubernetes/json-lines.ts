/** A line that no server sends; longer than the largest object that etcd takes, written out. */
const maxLineBytes = 16 * 1_048_576;

/** Cuts a stream of bytes into lines and reads each as JSON. Throws when a line is too long or no JSON. */
export class JsonLines {
  #parts: Buffer[] = [];
  #bytes = 0;

  /** The values of the lines that end in this piece. */
  push(piece: Buffer): unknown[] {
    const values: unknown[] = [];
    let start = 0;
    for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, start)) {
      this.#keep(piece.subarray(start, end));
      const line = Buffer.concat(this.#parts).toString('utf8').trim();
      this.#parts = [];
      this.#bytes = 0;
      if (line !== '') values.push(JSON.parse(line));
      start = end + 1;
    }
    if (start < piece.length) this.#keep(piece.subarray(start));
    return values;
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > maxLineBytes) throw new Error(`a line is longer than ${maxLineBytes} bytes`);
    this.#parts.push(part);
  }
}
