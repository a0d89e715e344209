import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loopbackAddresses } from '../loopback.ts';
import { machineHas } from '../machine.ts';
import { measured } from '../waiting.ts';
import { CHART } from './helm.ts';
import { startLoadedBus } from './loaded-bus.ts';
import { PrometheusServer } from './prometheus-server.ts';

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}
interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: { readonly query: string };
}
interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

const nextAddress = await loopbackAddresses(import.meta.filename);
const dashboard: { panels: readonly Panel[]; templating: { list: readonly Variable[] } } = JSON.parse(
  readFileSync(join(CHART, 'files/dashboard.json'), 'utf8'),
);
const alerts = (parse(readFileSync(join(CHART, 'files/rules.yaml'), 'utf8')) as Rules).groups.flatMap(
  ({ rules }) => rules,
);
const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, expr] as const),
);

/** Those whose cause is there all the time: nodes that see different buses, one that is gone, one without its store, queues that overflow, a binding to nobody. */
const raised = [
  'KdmqNodeNotReady',
  'KdmqBusSplit',
  'KdmqNodeLost',
  'KdmqNodeNotScraped',
  'KdmqMessagesFail',
  'KdmqQueueNotServed',
  'KdmqQueueDropsItems',
  'KdmqQueueNearlyFull',
  'KdmqStoreFails',
  'KdmqItemsNotAcknowledged',
  'KdmqItemsDeadLettered',
  'KdmqBindingFails',
  'KdmqTokenReviewsFail',
];

/** The series that an alert compares, each with whether it is raised: `a > 5` becomes `a > bool 5`. */
const compared = (expression: string): string => expression.replaceAll(/(==|!=|>=|<=|>|<)\s*(?=[0-9])/g, '$1 bool ');

describe.skipIf(!machineHas('promtool', 'redis', 'kamailio-5.6'))(
  'asked of a Prometheus that watches a bus at work',
  () => {
    const stack = new AsyncDisposableStack();
    const values: Record<string, string> = { __rate_interval: '5s' };
    let prometheus: PrometheusServer;

    const filled = (expression: string): string =>
      expression.replaceAll(/\$(\w+)/g, (_, name: string) => values[name] ?? `no value of ${name}`);

    /** Waits until there is a series, with a number. */
    async function answers(expression: string): Promise<void> {
      await measured(60_000, async () => {
        const numbers = (await prometheus.query(expression)).filter(({ value }) => !Number.isNaN(value));
        expect(numbers.length, expression).toBeGreaterThan(0);
      });
    }

    beforeAll(async () => {
      const bus = stack.use(await startLoadedBus(nextAddress));
      // And a release of which nothing can be read.
      const unread = { address: `${nextAddress()}:8080`, labels: { namespace: 'unread', container: 'kdmq' } };
      const targets = [...bus.targets.map((address) => ({ address, labels: { namespace: 'voice' } })), unread];
      prometheus = stack.use(await PrometheusServer.start(nextAddress(), 'kdmq', targets));
    }, 120_000);
    afterAll(() => stack.disposeAsync());

    it('the variables of the dashboard have values', async () => {
      for (const { name, type, query } of dashboard.templating.list) {
        if (type !== 'query') continue;
        const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query.query) ?? [];
        await measured(30_000, async () => {
          const found = await prometheus.labelValues(label, filled(selector));
          expect(found.length, query.query).toBeGreaterThan(0);
          values[name] = found[0] ?? '';
        });
      }
      expect(values).toMatchObject({ namespace: 'voice', job: 'kdmq' });
    });

    it.each(queries)('the panel "%s" has something to show: %s', (_, expression) => answers(filled(expression)));

    it.each(alerts.map(({ alert, expr }) => [alert, expr] as const))('the alert %s finds what it compares', (_, expr) =>
      answers(compared(expr)),
    );

    it.each(raised)('the alert %s is raised', (name) =>
      answers(alerts.find(({ alert }) => alert === name)?.expr ?? 'no such alert'),
    );
  },
);
