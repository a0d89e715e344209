/** How many messages of a channel had which outcome: a class of replies (`2xx`), or for sent ones why there was no reply (`timeout`). */
export type OutcomeCounts = Readonly<Record<string, number>>;

/** What was counted for one channel since the start. */
export interface ChannelCounts {
  readonly received: OutcomeCounts;
  readonly sent: OutcomeCounts;
}

interface Cells {
  readonly received: Map<string, number>;
  readonly sent: Map<string, number>;
}

/** More channels than a program has; what comes beyond is counted together. */
const maxChannels = 200;

/** Counts the messages of each channel. Whoever counts sees to it that strangers can't choose outcomes. */
export class ChannelTally {
  /** Under which the channels beyond the bound are counted. Can be no channel. */
  static readonly others = '';
  readonly #channels = new Map<string, Cells>();

  count(direction: keyof ChannelCounts, channel: string, outcome: string): void {
    const cells = (this.#channels.get(channel) ?? this.#open(channel))[direction];
    cells.set(outcome, (cells.get(outcome) ?? 0) + 1);
  }

  /** By channel, in the order in which they were first used. */
  counts(): ReadonlyMap<string, ChannelCounts> {
    const counts = [...this.#channels].map(([channel, { received, sent }]): [string, ChannelCounts] => [
      channel,
      { received: Object.fromEntries(received), sent: Object.fromEntries(sent) },
    ]);
    return new Map(counts);
  }

  #open(channel: string): Cells {
    const name = this.#channels.size < maxChannels ? channel : ChannelTally.others;
    const held = this.#channels.get(name);
    if (held !== undefined) return held;
    const cells = { received: new Map<string, number>(), sent: new Map<string, number>() };
    this.#channels.set(name, cells);
    return cells;
  }
}

/** `2xx` for 202. */
export function codeClass(code: number): string {
  return classes[Math.floor(code / 100)] ?? 'other';
}

const classes = ['other', '1xx', '2xx', '3xx', '4xx', '5xx', '6xx'];
