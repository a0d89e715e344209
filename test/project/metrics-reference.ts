import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { metricFamilies } from '../../src/edges/metrics/metrics.ts';
import { observedNode } from '../edges/metrics/observed.ts';

/** The page that holds the table, between two marks. */
export const METRICS_PAGE = fileURLToPath(new URL('../../docs/metrics.md', import.meta.url));

const BEGIN = '<!-- metrics: made by test/project/metrics-reference.ts -->';
const END = '<!-- end of metrics -->';

/** The page with its table made anew from the metrics. Throws when a mark is missing. */
export function withMetrics(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the page has to hold "${BEGIN}" and, later, "${END}"`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${table()}\n${page.slice(end)}`;
}

function table(): string {
  const rows = metricFamilies(observedNode(), '').map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(' ')} | ${help} |`,
  );
  return `| metric | type | labels | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(METRICS_PAGE, withMetrics(readFileSync(METRICS_PAGE, 'utf8')));
}
