import { stripVTControlCharacters } from 'node:util';

/** Columns in line, two blanks between them; those that are named (by their head) to the right. Colours count as nothing. */
export function tableOf([heads = [], ...rows]: readonly (readonly string[])[], rightHand: readonly string[]): string {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => widthOf(row[column] ?? ''))));
  const lines = [heads, ...rows].map((row) =>
    row
      .map((cell, column) => {
        const blanks = ' '.repeat((widths[column] ?? 0) - widthOf(cell));
        return rightHand.includes(heads[column] ?? '') ? `${blanks}${cell}` : `${cell}${blanks}`;
      })
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
