import type { StreamedEvent } from './event-lines.ts';
import { bytesWords, shortUri, visibleText } from './words.ts';

/** One line of the list of events. */
export interface ToldEvent {
  /** Grows by one from line to line: a key. */
  readonly number: number;
  readonly at: number;
  readonly type: 'node' | 'message' | 'queue' | 'page';
  readonly text: string;
  readonly isBad: boolean;
}

/** How many are kept. */
export const mostTold = 300;

export function withTold(told: readonly ToldEvent[], event: Omit<ToldEvent, 'number'>): readonly ToldEvent[] {
  const number = (told.at(-1)?.number ?? 0) + 1;
  return [...told.slice(-(mostTold - 1)), { ...event, number }];
}

const bad: ReadonlySet<unknown> = new Set(['suspected', 'died']);

/** What an event says in words; undefined for a kind that is not known here. */
export function tellEvent({ type, data }: StreamedEvent, at: number): Omit<ToldEvent, 'number'> | undefined {
  const content = readObject(data);
  const text = (name: string): string => visibleText(String(content[name] ?? ''));
  switch (type) {
    case 'node': {
      const line = `${shortUri(String(content.uri ?? ''))} ${text('transition')} (${text('kind')}): ${text('why')}`;
      return { at, type, text: line, isBad: bad.has(content.transition) };
    }
    case 'message': {
      const size = bytesWords(Number(content.size ?? 0));
      const what = content.contentType === undefined ? size : `${size} of ${text('contentType')}`;
      return {
        at,
        type,
        text: `on ${text('channel')} from ${shortUri(String(content.from ?? ''))}, ${what}`,
        isBad: false,
      };
    }
    case 'queue': {
      const state = content.state === 'ready' ? '' : `, ${text('state')}`;
      return { at, type, text: `${text('name')} has ${text('size')}${state}`, isBad: content.state !== 'ready' };
    }
    case 'gap':
      return { at, type: 'page', text: 'something was missed: everything has been read anew', isBad: false };
  }
  return undefined;
}

function readObject(data: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
