/** One event of /events as it came. */
export interface StreamedEvent {
  readonly type: string;
  readonly data: string;
}

/** More than the node ever sends as one event. */
const mostWaiting = 1_048_576;

/** Takes server-sent events (HTML Living Standard, 9.2) out of the pieces of text in which they come. */
export class EventLines {
  /** The id that came last, with an event or alone: where the stream goes on after a break. */
  lastId: string | undefined;
  #waiting = '';

  /** The events that are complete with this piece. Throws a RangeError for one that does not end. */
  feed(piece: string): readonly StreamedEvent[] {
    const blocks = (this.#waiting + piece).split('\n\n');
    this.#waiting = blocks.pop() ?? '';
    if (this.#waiting.length > mostWaiting) throw new RangeError('an event is longer than 1 MiB');
    return blocks.map((block) => this.#read(block)).filter((event) => event !== undefined);
  }

  #read(block: string): StreamedEvent | undefined {
    let type = 'message';
    const data: string[] = [];
    for (const line of block.split('\n')) {
      const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
      if (name === 'id') this.lastId = value;
      else if (name === 'event') type = value;
      else if (name === 'data') data.push(value);
    }
    return data.length === 0 ? undefined : { type, data: data.join('\n') };
  }
}
