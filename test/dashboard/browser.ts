import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const deadlineMs = 15_000;

/** Debian's Chromium without a window, with a profile of its own. It runs as root here, and so without its sandbox. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** A page in a session of its own, and what went wrong in it. `await using` closes it. */
export class OpenPage {
  readonly page: Page;
  /** What the console says as an error, scripts that threw, and what the policy of the page has kept from happening. */
  readonly troubles: string[] = [];
  /** The origins that it has asked for something. */
  readonly origins = new Set<string>();

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(deadlineMs);
    page.on('console', (message) => {
      if (message.type() === 'error') this.troubles.push(message.text());
    });
    page.on('pageerror', (error) => this.troubles.push(String(error)));
    page.on('request', (request) => this.origins.add(new URL(request.url()).origin));
  }

  static async at(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
    const context = await browser.newContext({ viewport: { width: 1_280, height: 900 }, ...options });
    const open = new OpenPage(await context.newPage());
    await open.page.goto(url);
    return open;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }
}
