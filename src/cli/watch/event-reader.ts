/** One event of a stream of server-sent events. */
export interface ServerEvent {
  readonly type: string;
  readonly data: string;
}

/** No event of a node is longer; a stream that is none could go on for ever. */
const LONGEST_LINE = 1_048_576;

/** Reads server-sent events (HTML, section 9.2), and remembers where it is over several connections. */
export class EventReader {
  /** The id of the last event. */
  lastId: string | undefined;

  async *read(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
    const decoder = new TextDecoder();
    let rest = '';
    let type = 'message';
    let data: string[] = [];
    for await (const piece of pieces) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split(/\r?\n/);
      rest = lines.pop() ?? '';
      if (rest.length > LONGEST_LINE) throw new Error(`a line of the events is longer than ${LONGEST_LINE} characters`);
      for (const line of lines) {
        const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
        if (name === 'event') type = value;
        else if (name === 'data') data.push(value);
        else if (name === 'id') this.lastId = value;
        else if (line === '') {
          if (data.length > 0) yield { type, data: data.join('\n') };
          type = 'message';
          data = [];
        }
      }
    }
  }
}
