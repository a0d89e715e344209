import { createServer } from 'node:http';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loopbackAddresses } from '../loopback.ts';
import { machineHas } from '../machine.ts';
import { measured } from '../waiting.ts';
import { OpenPage, startBrowser } from './browser.ts';
import { BundledKdmq, type NodeProcess, readToken, writeToken } from './bundled-kdmq.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);

/** Runs in the page. */
interface PageOfTest {
  readonly axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
}

describe.skipIf(!machineHas('chromium'))('the dashboard in Chromium', () => {
  let kdmq: BundledKdmq;
  let browser: Browser;

  beforeAll(async () => {
    kdmq = new BundledKdmq();
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    kdmq?.[Symbol.dispose]();
  });

  const open = (node: NodeProcess, options?: Parameters<typeof OpenPage.at>[2]) =>
    OpenPage.at(browser, `${node.url}/`, options);
  const nodeRow = (page: Page, uri: string) => page.locator(`tr[data-node="${uri}"]`);
  const join = (node: NodeProcess): string => `--notification-address=${node.uri}`;

  async function letIn(page: Page, token: string): Promise<void> {
    await page.getByLabel('Token', { exact: true }).fill(token);
    await page.getByRole('button', { name: 'Use this token' }).click();
  }

  async function openQueue(page: Page, name: string): Promise<void> {
    await page.getByRole('button', { name }).click();
    await page.getByRole('heading', { name: `Queue ${name}` }).waitFor();
  }

  it('shows within two seconds, without being loaded again, that a node is killed', async () => {
    await using one = await kdmq.start(nextAddress());
    await using two = await kdmq.start(nextAddress(), join(one));
    await using three = await kdmq.start(nextAddress(), join(one));
    await one.sees(two, three);
    await three.sees(one, two);
    await using opened = await open(one);
    const { page } = opened;
    await page.getByText('All see the same.').waitFor();
    await page.evaluate(() => Object.assign(window, { isSamePage: true }));
    await two.kill();
    const killedAt = performance.now();
    await nodeRow(page, two.uri).and(page.locator('.away')).waitFor({ timeout: 2_000 });
    expect(performance.now() - killedAt).toBeLessThan(2_000);
    await page
      .getByRole('listitem')
      .filter({ hasText: `${two.uri.slice(4, -5)} died` })
      .waitFor();
    expect(await page.evaluate(() => 'isSamePage' in window)).toBe(true);
    expect(opened.troubles).toEqual([]);
  });

  it('shows that one node holds another one differently than the others do', async () => {
    await using one = await kdmq.start(nextAddress());
    await using two = await kdmq.start(nextAddress(), join(one));
    await using three = await kdmq.start(nextAddress(), join(one));
    await one.sees(two, three);
    await two.sees(one, three);
    await using opened = await open(one);
    const { page } = opened;
    await page.getByText('All see the same.').waitFor();
    await two.api(`nodes/${encodeURIComponent(three.uri)}`, 'PATCH', { status: 'disabled' });
    await page.getByText(`Split view: some see ${three.uri.slice(4, -5)}`).waitFor();
    const row = page.locator(`tr[data-viewer="${two.uri}"]`);
    await row.locator('td.split.disabled').waitFor();
    await two.api(`nodes/${encodeURIComponent(three.uri)}`, 'PATCH', { status: 'active' });
    await page.getByText('All see the same.').waitFor();
  });

  it('says that it is disconnected when its own node is killed, and goes on when that is back', async () => {
    const host = nextAddress();
    await using node = await kdmq.start(host);
    await using opened = await open(node);
    const { page } = opened;
    await page.getByText('live', { exact: true }).waitFor();
    await node.kill();
    await page.getByRole('status').filter({ hasText: 'disconnected since' }).waitFor({ timeout: 2_000 });
    expect(await page.title()).toBe('disconnected · kdmq');
    await using _ = await kdmq.start(host);
    await page.getByText('live', { exact: true }).waitFor();
    await nodeRow(page, node.uri).waitFor();
  });

  it('adds to a queue, looks into it, fetches, acknowledges and gives back', async () => {
    await using node = await kdmq.start(nextAddress(), '--mqueue=name=calls;lease_ms=60000');
    await using opened = await open(node);
    const { page } = opened;
    await openQueue(page, 'calls');
    const add = async (key: string, value: string): Promise<void> => {
      await page.getByLabel('Key').fill(key);
      await page.getByLabel('Value').fill(value);
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByText(/^Item .*: added\.$/).waitFor();
    };
    await add('alice', 'sip:alice@example.org');
    await add('bob', '<img src=x onerror="document.title=\'taken\'">');
    await measured(5_000, async () =>
      expect(await page.locator('tr[data-queue="calls"] .strong').textContent()).toBe('2'),
    );
    await page.getByRole('button', { name: 'Peek' }).click();
    const peeked = page.getByRole('table', { name: 'Items that can be fetched, the oldest first' });
    await peeked.getByText('sip:alice@example.org').waitFor();
    // What comes from the network is text.
    await peeked.getByText('<img src=x').waitFor();
    expect(await page.locator('img').count()).toBe(0);
    const fetch = page.getByRole('button', { name: 'Fetch one' });
    await fetch.click();
    await page.getByRole('button', { name: /^Ack item/ }).click();
    await page.getByText(/^Item .* is acknowledged\.$/).waitFor();
    await fetch.click();
    await page.getByRole('button', { name: /^Nack item/ }).click();
    await page.getByText(/^Item .* is back in its place\.$/).waitFor();
    const { size, leased } = await node.api<{ size: number; leased: number }>('queues/calls');
    expect([size, leased]).toEqual([1, 0]);
    expect([opened.troubles, await page.title()]).toEqual([[], 'kdmq']);
  });

  it('shows what happens on a channel', async () => {
    await using one = await kdmq.start(nextAddress(), '--bindings=channel=calls;queue=calls', '--mqueue=name=calls');
    await using two = await kdmq.start(nextAddress(), join(one));
    await two.sees(one);
    await using opened = await open(one);
    const { page } = opened;
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByRole('rowheader', { name: 'calls' }).first().waitFor();
    await two.api('channels/calls/broadcast', 'POST', { body: 'hello' });
    await page
      .getByRole('listitem')
      .filter({ hasText: `on calls from ${two.uri.slice(4, -5)}, 5 B of text/plain` })
      .waitFor();
    await page.getByRole('listitem').filter({ hasText: 'calls has 1' }).waitFor();
    await page.getByRole('img', { name: /^calls, messages in: now .*, highest 0\.[1-9]\/s$/ }).waitFor();
  });

  it('asks for a token, refuses a wrong one, and keeps the right one in this tab only', async () => {
    await using node = await kdmq.start(nextAddress(), ...kdmq.guarded);
    await using opened = await open(node);
    const { page } = opened;
    await page.getByRole('heading', { name: 'This node asks for a token' }).waitFor();
    await page.getByRole('alert').filter({ hasText: 'send Authorization: Bearer' }).waitFor();
    await letIn(page, 'not-a-token-of-this-node');
    await page.getByRole('alert').filter({ hasText: 'no bearer token that this node knows' }).waitFor();
    expect(await page.getByRole('table').count()).toBe(0);
    await letIn(page, writeToken);
    await nodeRow(page, node.uri).waitFor();
    await page.reload();
    await nodeRow(page, node.uri).waitFor();
    const kept = await page.evaluate(() => [JSON.stringify(localStorage), document.cookie, location.href].join());
    expect(kept).not.toContain(writeToken);
    expect(await page.evaluate(() => sessionStorage.getItem('kdmq-token'))).toBe(writeToken);
    await page.getByRole('button', { name: 'Forget the token' }).click();
    await page.getByRole('heading', { name: 'This node asks for a token' }).waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });

  it('with a token of the role read changes nothing, and says why', async () => {
    await using node = await kdmq.start(nextAddress(), ...kdmq.guarded, '--mqueue=name=calls');
    await node.api('queues/calls/items', 'POST', { key: 'a', value: 'b' });
    await using opened = await open(node);
    const { page } = opened;
    await letIn(page, readToken);
    await openQueue(page, 'calls');
    for (const name of ['Fetch one', 'Add']) {
      const button = page.getByRole('button', { name, exact: true });
      expect(await button.isDisabled(), name).toBe(true);
      const why = await button.getAttribute('aria-describedby');
      expect(await page.locator(`#${why}`).textContent()).toContain('takes a token of the role write');
    }
    await page.getByRole('button', { name: 'Peek' }).click();
    await page.getByText('1 items are shown.').waitFor();
  });

  it('is used with the keyboard alone', async () => {
    await using node = await kdmq.start(nextAddress(), ...kdmq.guarded, '--mqueue=name=calls');
    await using opened = await open(node);
    const { page } = opened;
    const { keyboard } = page;
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        const element = document.activeElement;
        return `${element?.getAttribute('aria-label') ?? element?.closest('label')?.textContent ?? element?.textContent}`.trim();
      });
    const tabTo = async (text: string): Promise<void> => {
      for (let presses = 0; presses < 40; presses += 1) {
        await keyboard.press('Tab');
        if ((await focused()).startsWith(text)) return;
      }
      throw new Error(`no way to "${text}" with the tab key`);
    };
    await page.getByLabel('Token', { exact: true }).waitFor();
    await tabTo('Skip to the content');
    await keyboard.press('Enter');
    await keyboard.press('Tab');
    await keyboard.type(writeToken);
    await keyboard.press('Enter');
    await nodeRow(page, node.uri).waitFor();
    await tabTo('calls');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle);
    expect(outline).toBe('solid');
    await keyboard.press('Enter');
    await tabTo('Key');
    await keyboard.type('alice');
    await keyboard.press('Tab');
    await keyboard.type('by hand');
    await keyboard.press('Enter');
    await page.getByText(/^Item .*: added\.$/).waitFor();
    expect(await node.api('queues/calls')).toMatchObject({ size: 1 });
  });

  describe('for everybody', () => {
    let one: NodeProcess;
    let two: NodeProcess;

    beforeAll(async () => {
      one = await kdmq.start(nextAddress(), ...kdmq.guarded, '--mqueue=name=calls;lease_ms=60000');
      two = await kdmq.start(nextAddress(), join(one));
      await one.sees(two);
      for (let count = 0; count < 10; count += 1) await one.api('queues/calls/items', 'POST', { key: 'k', value: 'v' });
      // A split view, and a node that is not active.
      await one.api(`nodes/${encodeURIComponent(two.uri)}`, 'PATCH', { status: 'disabled' });
    });
    afterAll(async () => {
      await one?.kill();
      await two?.kill();
    });

    it.each<['light' | 'dark', number]>([
      ['light', 1_280],
      ['dark', 1_280],
      ['light', 360],
      ['dark', 360],
    ])('has names, contrast and landmarks: %s, %d pixels wide', async (colorScheme, width) => {
      const viewport = { width, height: 800 };
      await using opened = await open(one, { colorScheme, viewport, bypassCSP: true });
      const { page } = opened;
      await page.getByLabel('Token', { exact: true }).waitFor();
      await page.evaluate(axe.source);
      const violations = async (): Promise<readonly string[]> => {
        const { violations: found } = await page.evaluate(() => (window as unknown as PageOfTest).axe.run());
        return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      };
      expect(await violations()).toEqual([]);
      await letIn(page, writeToken);
      await nodeRow(page, two.uri).and(page.locator('.away')).waitFor();
      await page.locator(`tr[data-viewer="${two.uri}"] .sight`).first().waitFor();
      await openQueue(page, 'calls');
      await page.getByRole('button', { name: 'Peek' }).click();
      await page.getByRole('button', { name: 'Fetch one' }).click();
      await page.getByRole('button', { name: /^Ack item/ }).waitFor();
      expect(await violations()).toEqual([]);
      const { scrollWidth, clientWidth } = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return { scrollWidth, clientWidth };
      });
      expect(scrollWidth).toBe(clientWidth);
    });
  });

  it('keeps the colours that were chosen', async () => {
    await using node = await kdmq.start(nextAddress());
    await using opened = await open(node, { colorScheme: 'light' });
    const { page } = opened;
    const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.getByLabel('Colours').selectOption('dark');
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    await nodeRow(page, node.uri).waitFor();
    expect(await ground()).toBe(dark);
    await page.getByLabel('Colours').selectOption('auto');
    expect(await ground()).toBe(light);
  });

  it('needs nobody but its node', async () => {
    await using node = await kdmq.start(nextAddress(), '--mqueue=name=calls');
    await using opened = await open(node);
    await openQueue(opened.page, 'calls');
    expect([[...opened.origins], opened.troubles]).toEqual([[node.url], []]);
  });

  it('a page of another site can neither change anything, nor read, nor frame it', async () => {
    await using node = await kdmq.start(nextAddress(), '--mqueue=name=calls');
    await node.api('queues/calls/items', 'POST', { key: 'a', value: 'secret of the queue' });
    const host = nextAddress();
    const items = `${node.url}/api/v1/queues/calls/items`;
    const site = createServer((_request, answer) => {
      answer.setHeader('content-type', 'text/html').end(`<!doctype html><title>other</title>
        <form id="form" method="post" enctype="text/plain" action="${items}" target="inner"><input name="x" value="y"></form>
        <iframe name="inner"></iframe><iframe id="framed" src="${node.url}/"></iframe>`);
    });
    await new Promise<void>((resolve) => site.listen(8080, host, resolve));
    try {
      await using opened = await OpenPage.at(browser, `http://${host}:8080/`);
      const { page } = opened;
      const tried = await page.evaluate(async (url) => {
        const ways: RequestInit[] = [
          { method: 'GET' },
          { method: 'POST', body: 'x' },
          { method: 'POST', body: 'x', mode: 'no-cors' },
          { method: 'DELETE' },
          { method: 'POST', body: '{"key":"a","value":"b"}', headers: { 'content-type': 'application/json' } },
        ];
        const answers: string[] = [];
        for (const way of ways) {
          answers.push(
            await fetch(url, way).then(
              async (answer) => `${answer.type} ${await answer.text()}`,
              () => 'refused',
            ),
          );
        }
        return answers;
      }, items);
      expect(tried).toEqual(['refused', 'refused', 'opaque ', 'refused', 'refused']);
      const answered = page.waitForResponse((response) => response.request().method() === 'POST');
      await page.evaluate(() => document.querySelector('form')?.submit());
      expect((await answered).status()).toBe(403);
      const framed = await (await page.locator('#framed').elementHandle())?.contentFrame();
      expect(framed?.url()).toMatch(/^chrome-error:/);
      expect(opened.troubles.join()).toContain('frame-ancestors');
      expect(await node.api('queues/calls')).toMatchObject({ size: 1, counts: { added: 1, fetched: 0 } });
    } finally {
      site.closeAllConnections();
      site.close();
    }
  });
});
