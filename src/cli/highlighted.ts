import process from 'node:process';
import { styleText } from 'node:util';

/** How a text stands out. */
type Highlight = 'good' | 'doubtful' | 'bad' | 'faint' | 'heading';

const FORMATS = { good: 'green', doubtful: 'yellow', bad: 'red', faint: 'dim', heading: 'bold' } as const;

/** The text with a colour where standard output is a terminal; NO_COLOR, NODE_DISABLE_COLORS and FORCE_COLOR say otherwise. */
export function highlighted(how: Highlight, text: string): string {
  return styleText(FORMATS[how], text, { stream: process.stdout });
}

/** How the status of a node stands out. */
export function statusHighlight(status: string, suspected: boolean): Highlight {
  if (suspected) return 'doubtful';
  if (status === 'active') return 'good';
  return status === 'disabled' ? 'bad' : 'doubtful';
}
