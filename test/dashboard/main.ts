/** `make pictures`: a bus at work, and the dashboard of one of its nodes as docs/dashboard.md shows it. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { setTimeout as after } from 'node:timers/promises';
import { startKamailio } from '../kamailio/kamailio.ts';
import { OpenPage, startBrowser } from './browser.ts';
import { BundledKdmq, type NodeProcess } from './bundled-kdmq.ts';

const folder = resolve(process.argv[2] ?? join(import.meta.dirname, '../../docs/pictures'));
/** How long there are messages and items before the picture is taken. */
const busyMs = Number(process.env.BUSY_SECONDS ?? 60) * 1_000;
const hosts = ['127.77.0.1', '127.77.0.2', '127.77.0.3', '127.77.0.4'] as const;

/** Gives the bus something to do, more and less of it in turn. */
async function work(node: NodeProcess, other: NodeProcess, untilMs: number): Promise<void> {
  for (let round = 0; performance.now() < untilMs; round += 1) {
    const load = 6 + Math.round(5 * Math.sin(round / 6));
    for (let count = 0; count < load; count += 1) {
      const key = `call-${round}-${count}`;
      await node.api('queues/calls/items', 'POST', { key, value: `sip:user${count}@example.org` });
      await other.api('channels/presence/broadcast', 'POST', { body: `online ${key}` });
      if (count % 3 === 0) await node.api('channels/billing/broadcast', 'POST', { body: key });
    }
    await node.api(`queues/calls/fetch?max=${Math.max(1, load + (round % 7) - 3)}`, 'POST');
    await after(400);
  }
}

mkdirSync(folder, { recursive: true });
using kdmq = new BundledKdmq();
const browser = await startBrowser();
try {
  const queues = [
    '--mqueue=name=calls',
    '--mqueue=name=presence;size=1000',
    '--mqueue=name=retries;durability=always;lease_ms=30000',
  ];
  const bound = ['--bindings=channel=presence;queue=presence', '--bindings=channel=billing;queue=presence'];
  await using one = await kdmq.start(hosts[0], ...queues, ...bound);
  const joins = `--notification-address=${one.uri}`;
  await using two = await kdmq.start(hosts[1], joins, '--mqueue=name=presence;size=1000', ...bound);
  await using three = await kdmq.start(hosts[2], joins);
  await using kamailio = await startKamailio({ version: '5.6', address: hosts[3], notificationAddress: one.uri });
  await one.sees(two, three, { uri: kamailio.uri });
  await using wide = await OpenPage.at(browser, `${one.url}/`, { viewport: { width: 1_280, height: 1_000 } });
  await one.api('queues/retries/items', 'POST', { key: 'alice', value: 'sip:alice@example.org' });
  await one.api('queues/retries/items', 'POST', { key: 'bob', value: 'sip:bob@example.org' });
  await work(one, two, performance.now() + busyMs);
  await two.api(`nodes/${encodeURIComponent(three.uri)}`, 'PATCH', { status: 'disabled' });
  const { page } = wide;
  await page.getByRole('button', { name: 'retries' }).click();
  await page.getByRole('button', { name: 'Peek' }).click();
  await page.getByText(/^Split view:/).waitFor();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(folder, `dashboard-${colorScheme}.png`) });
  }
  await page.setViewportSize({ width: 360, height: 740 });
  await page.screenshot({ path: join(folder, 'dashboard-small.png') });
} finally {
  await browser.close();
}
