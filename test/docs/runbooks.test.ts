import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { only, render } from '../charts/helm.ts';
import { machineHas } from '../machine.ts';
import { blocksOf, isShell, PROJECT } from './page-blocks.ts';

interface Rules {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}

interface Rule {
  readonly alert: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const alertsOf = ({ groups }: Rules): Rule[] => groups.flatMap(({ rules }) => rules);
const alerts = alertsOf(parse(readFileSync(join(PROJECT, 'charts/kdmq/files/rules.yaml'), 'utf8')));
const headings = [...readFileSync(join(PROJECT, 'docs/runbooks.md'), 'utf8').matchAll(/^## (\w+)$/gm)].map(
  ([, heading]) => heading,
);

/** Whether the page of `docs/PAGE.md#heading` has that heading. */
function isPart(place: string): boolean {
  const [page = '', anchor = ''] = place.split('#');
  const titles = readFileSync(join(PROJECT, page), 'utf8').matchAll(/^#+ (.*)$/gm);
  return [...titles].some(([, title = '']) => title.toLowerCase().replaceAll(' ', '-') === anchor);
}

describe('the runbook of a queue that is not served', () => {
  const page = readFileSync(join(PROJECT, 'docs/runbooks.md'), 'utf8');
  const part = page.slice(page.indexOf('## KdmqQueueNotServed'), page.indexOf('## KdmqQueueDropsItems'));

  it.each([['ECONNREFUSED'], ['no answer'], ['it did not answer in time']])(
    'leads from "%s" to that of a store that is away',
    (said) => {
      expect(part.split('\n').filter((line) => line.startsWith('|') && line.includes(said))).toEqual([
        expect.stringContaining('](#kdmqstorefails)'),
      ]);
    },
  );
});

it('curl is told each time where the node is, and who asks', () => {
  const lines = blocksOf('docs/runbooks.md').flatMap((block) => (isShell(block) ? block.text.split('\n') : []));
  const calls = lines.filter((line) => /^\s*curl /.test(line));
  expect(calls.length).toBeGreaterThan(0);
  expect(calls.filter((line) => !/ -K kdmq\.curl "\$URL\//.test(line))).toEqual([]);
});

describe('the alerts of the chart', () => {
  it('are those that the runbooks are named after', () => {
    expect(headings.filter((heading) => heading?.startsWith('Kdmq'))).toEqual(alerts.map(({ alert }) => alert));
  });

  it('name their part of the page, and each page that they name has that part', () => {
    expect(alerts.map(({ annotations }) => annotations.runbook)).toEqual(
      alerts.map(({ alert }) => `docs/runbooks.md#${alert.toLowerCase()}`),
    );
    const named = alerts.flatMap(({ annotations }) =>
      Object.values(annotations).filter((text) => text.startsWith('docs/')),
    );
    expect(named.filter((place) => !isPart(place))).toEqual([]);
    expect(named.filter((place) => place.startsWith('docs/backup.md#'))).not.toEqual([]);
  });

  it.skipIf(!machineHas('helm'))('have no link that nobody can open', async () => {
    const objects = await render({ prometheusRule: { enabled: true } });
    const made = alertsOf(only(objects, 'PrometheusRule', 'kdmq').spec);
    expect(made).toEqual(alerts);
    expect(made.filter(({ annotations }) => 'runbook_url' in annotations)).toEqual([]);
  });

  it.skipIf(!machineHas('helm'))('lead to where the values say that the page is read', async () => {
    const runbooks = 'https://pages.example.org/kdmq/runbooks';
    const objects = await render({ prometheusRule: { enabled: true, runbooks } });
    const made = alertsOf(only(objects, 'PrometheusRule', 'kdmq').spec);
    expect(made.map(({ annotations }) => annotations.runbook_url)).toEqual(
      alerts.map(({ alert }) => `${runbooks}#${alert.toLowerCase()}`),
    );
  });
});
