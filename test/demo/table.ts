import { styleText } from 'node:util';

/** Who sees whom: the observer's name → the node's name → status, or undefined when the node is not in its list. */
export type View = ReadonlyMap<string, ReadonlyMap<string, string>>;

export type Paint = (style: 'green' | 'red' | 'yellow' | 'dim' | 'bold', text: string) => string;

/** Colours for a terminal; the text alone for everything else. */
export function painter(colour: boolean): Paint {
  return colour ? (style, text) => styleText(style, text, { validateStream: false }) : (_style, text) => text;
}

const absent = '–';

/** One row an observer, one column a node. */
export function drawView(view: View, nodes: readonly string[], paint: Paint): string[] {
  const cells = [...view].map(([observer, seen]) => ({
    observer,
    row: nodes.map((node) => seen.get(node) ?? absent),
  }));
  const first = Math.max('sees'.length, ...cells.map(({ observer }) => observer.length));
  const widths = nodes.map((node, i) => Math.max(node.length, ...cells.map(({ row }) => row[i]?.length ?? 0)));
  const head = ['sees'.padEnd(first), ...nodes.map((node, i) => node.padEnd(widths[i] ?? 0))].join('  ');
  const rows = cells.map(({ observer, row }) =>
    [observer.padEnd(first), ...row.map((cell, i) => paint(styleOf(cell), cell.padEnd(widths[i] ?? 0)))].join('  '),
  );
  return [paint('dim', head.trimEnd()), ...rows.map((row) => row.trimEnd())];
}

function styleOf(status: string): 'green' | 'red' | 'yellow' | 'dim' {
  if (status === 'active') return 'green';
  if (status === absent) return 'dim';
  return status === 'disabled' ? 'red' : 'yellow';
}
