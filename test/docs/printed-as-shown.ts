import { stripVTControlCharacters } from 'node:util';

/** What differs from one run to the next, and the sign that stands for it. */
const VARIABLE: readonly (readonly [RegExp, string])[] = [
  [/\r/g, ''],
  [/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)/g, '<time>'],
  [/\d\d:\d\d:\d\d(?:\.\d+)?/g, '<time>'],
  [/\bimport-<time>\S*|\bimport-\d{8}T[\d.]+-\w+/g, '<partition>'],
  [/"[A-Za-z]*(?:Ms|_ms)":\s*[\d.]+/g, '<duration>'],
  [/(?<![\w.])\d+(?:\.\d+)? ?(?:ms|s|min|h|seconds)\b/g, '<duration>'],
  [/(?<![\d.-])\d+-\d+(?![\d.-])/g, '<id>'],
  [/(?<![\w])(?=[a-z]*\d)[a-z0-9]{20,26}(?!\w)/g, '<receipt>'],
  [/(?<![\d.])\d+\.\d+(?![\d.])/g, '<number>'],
  [/\bpid=\d+/g, 'pid=<pid>'],
  [/\bversion=[\d.]+/g, 'version=<version>'],
  [/[ \t]+/g, ' '],
];

/** A text without what differs from run to run: times, durations, ids, receipts, decimals, widths of columns. */
export function comparable(text: string): string {
  const stable = VARIABLE.reduce((rest, [what, sign]) => rest.replace(what, sign), stripVTControlCharacters(text));
  return stable
    .split('\n')
    .map((line) => line.trim())
    .join('\n');
}

/**
 * Whether a program printed what a page shows. `…` in a line of the page stands for anything, a line of nothing but `…` for any
 * number of lines. `whole`: nothing may follow; else the page shows how the output begins.
 */
export function printedAsShown(printed: string, shown: string, whole: boolean): boolean {
  const lines = comparable(shown).trim().split('\n');
  const pattern = lines.map((line) => (line === '…' ? '(?:.*\n)*?' : `${line.split('…').map(escaped).join('.*')}\n`));
  return new RegExp(`^${pattern.join('')}${whole ? '$' : ''}`).test(`${comparable(printed).trim()}\n`);
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
