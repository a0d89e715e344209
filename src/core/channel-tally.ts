/** How many messages of a channel had which outcome: a class of replies (`2xx`), or for sent ones why there was no reply (`timeout`). */
export type OutcomeCounts = Readonly<Record<string, number>>;

/** What was counted for one channel since the start. */
export interface ChannelCounts {
  readonly received: OutcomeCounts;
  readonly sent: OutcomeCounts;
}

/** One number of the tally: messages of a channel that went one way and ended alike. */
export interface MessageCount {
  readonly channel: string;
  readonly direction: keyof ChannelCounts;
  readonly outcome: string;
  /** Of the reply: a code that is counted by itself, or `other`; empty where there was none. */
  readonly code: string;
  readonly count: number;
}

interface Cell {
  readonly outcome: string;
  readonly code: string;
  count: number;
}

interface Cells {
  readonly received: Map<number | string, Cell>;
  readonly sent: Map<number | string, Cell>;
}

/** More channels than a program has; what comes beyond is counted together. */
const maxChannels = 200;

/** What nodes of ours and Kamailio's answer to a message. Any other code is counted with those of its class: who answers chooses it. */
const countedCodes: ReadonlySet<number> = new Set([
  ...[200, 202, 400, 403, 404, 405, 408, 413, 415, 420, 480, 481, 483, 500, 501, 503, 504],
]);

/** Counts the messages of each channel. Whoever counts sees to it that strangers can't choose outcomes. */
export class ChannelTally {
  /** Under which the channels beyond the bound are counted. Can be no channel. */
  static readonly others = '';
  readonly #channels = new Map<string, Cells>();

  /** `outcome` is the code of the reply, or why there was none. */
  count(direction: keyof ChannelCounts, channel: string, outcome: number | string): void {
    const cells = (this.#channels.get(channel) ?? this.#open(channel))[direction];
    const key = typeof outcome === 'number' && !countedCodes.has(outcome) ? codeClass(outcome) : outcome;
    const cell = cells.get(key);
    if (cell === undefined) cells.set(key, newCell(outcome));
    else cell.count += 1;
  }

  /** By channel, in the order in which they were first used. */
  counts(): ReadonlyMap<string, ChannelCounts> {
    const counts = [...this.#channels].map(([channel, { received, sent }]): [string, ChannelCounts] => [
      channel,
      { received: byOutcome(received), sent: byOutcome(sent) },
    ]);
    return new Map(counts);
  }

  /** The same in more detail: with the codes of the replies. */
  messages(): readonly MessageCount[] {
    return [...this.#channels].flatMap(([channel, cells]) =>
      (['received', 'sent'] as const).flatMap((direction) =>
        [...cells[direction].values()].map((cell): MessageCount => ({ channel, direction, ...cell })),
      ),
    );
  }

  #open(channel: string): Cells {
    const name = this.#channels.size < maxChannels ? channel : ChannelTally.others;
    const held = this.#channels.get(name);
    if (held !== undefined) return held;
    const cells: Cells = { received: new Map(), sent: new Map() };
    this.#channels.set(name, cells);
    return cells;
  }
}

function newCell(outcome: number | string): Cell {
  if (typeof outcome === 'string') return { outcome, code: '', count: 1 };
  return { outcome: codeClass(outcome), code: countedCodes.has(outcome) ? String(outcome) : 'other', count: 1 };
}

function byOutcome(cells: ReadonlyMap<number | string, Cell>): OutcomeCounts {
  const counts: Record<string, number> = {};
  for (const { outcome, count } of cells.values()) counts[outcome] = (counts[outcome] ?? 0) + count;
  return counts;
}

/** `2xx` for 202. */
export function codeClass(code: number): string {
  return classes[Math.floor(code / 100)] ?? 'other';
}

const classes = ['other', '1xx', '2xx', '3xx', '4xx', '5xx', '6xx'];
