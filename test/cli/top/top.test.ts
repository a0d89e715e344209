import { execFileSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loopbackAddresses } from '../../loopback.ts';
import { type RunningNode, startNode } from '../../running-node.ts';
import { sees } from '../../waiting.ts';
import { StartedNode } from '../node-api/started-node.ts';
import { runCommand } from '../run-command.ts';
import { Terminal } from '../terminal.ts';

const address = await loopbackAddresses(import.meta.filename);

const ENTERED = '\u001b[?1049h';
const HOME = '\u001b[H';
const LEFT = '\u001b[?1049l';

let node: StartedNode;
let other: RunningNode;
beforeAll(async () => {
  node = await StartedNode.start(address(), ['--mqueue', 'name=calls;dbmode=none']);
  other = await startNode({ server_address: `sip:${address()}:5060`, notification_address: node.uri });
  other.listen('greetings');
  await sees(other, [node.uri]);
}, 120_000);
afterAll(async () => {
  await other?.stop();
  await node?.[Symbol.asyncDispose]();
});

const top = (...args: readonly string[]) => new Terminal(['top', '--interval', '0.1', ...args], { KDMQ_URL: node.url });
const shows = (terminal: Terminal, text: string | RegExp) =>
  expect.poll(() => terminal.written, { timeout: 60_000 }).toMatch(text);

async function post(path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${node.url}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  await answer.arrayBuffer();
}

/** What was written last, from its first line on. */
function lastFrame({ written }: Terminal): string {
  return stripVTControlCharacters(written.slice(written.lastIndexOf(HOME) + HOME.length));
}

describe('kdmq top', { timeout: 120_000 }, () => {
  it('prints one sample with --once: what happened within an interval', async () => {
    const command = runCommand(['top', '--once', '--interval', '0.5'], { KDMQ_URL: node.url });
    // For as long as it looks there is something to see.
    let over = false;
    void command.then(() => {
      over = true;
    });
    while (!over) {
      await post('/channels/greetings/broadcast', { body: 'hi' });
      await post('/queues/calls/items', { key: 'k', value: 'v' });
    }
    const { code, output, errors } = await command;
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toMatch(new RegExp(`^${node.uri} {2}kdmq \\d.*, ready\\n2 of 2 nodes active, store: `));
    expect(output).toMatch(new RegExp(`^${other.uri} +active +kdmq `, 'm'));
    expect(output).toMatch(/^greetings +0 +[1-9][\d.]* +0$/m);
    expect(output).toMatch(/^calls +ready +\d+ +0 +0 +\d+ +[1-9][\d.]* +0 +\d+ /m);
    expect(output).not.toContain('\u001b');
  });

  it('needs a terminal without --once, and says so', async () => {
    const { code, output, errors } = await runCommand(['top'], { KDMQ_URL: node.url });
    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toContain('--once prints one sample');
  });

  it.each([
    ['q', 'q'],
    ['Ctrl-C', '\u0003'],
  ])('shows the node live until %s, and gives the terminal back as it was', async (_, key) => {
    await using terminal = top();
    await shows(terminal, `${other.uri} `);
    expect(terminal.written).toContain(ENTERED);
    expect(terminal.written).toContain('\u001b[32mactive');
    terminal.press(key);
    expect(await terminal.ended).toBe(0);
    expect(terminal.written.indexOf(LEFT)).toBeGreaterThan(terminal.written.indexOf(ENTERED));
    // Lines and echo again, and not " -icanon".
    expect(terminal.written).toMatch(/[^-]icanon/);
  });

  it('fits a window that changes its size', async () => {
    await using terminal = top('--no-color');
    await shows(terminal, `${other.uri} `);
    execFileSync('stty', ['-F', terminal.device, 'rows', '4', 'cols', '30']);
    await vi.waitFor(() => {
      const lines = lastFrame(terminal).split(/\r*\n/);
      expect(lines.length).toBeLessThanOrEqual(4);
      expect(lines.at(-1)).toMatch(/^q ends/);
      expect(lines.join('')).toContain('…');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(30);
    }, 60_000);
    terminal.press('q');
    expect(await terminal.ended).toBe(0);
    expect(terminal.written).not.toContain('\u001b[32m');
  });

  it('goes on while its node restarts, and says meanwhile that nobody answers', async () => {
    const host = address();
    const first = await StartedNode.start(host, []);
    await using terminal = new Terminal(['top', '--interval', '0.1', '--url', first.url], {}, 'rows 20 cols 200');
    await shows(terminal, first.uri);
    await first[Symbol.asyncDispose]();
    await shows(terminal, 'no node answers at');
    await using _ = await StartedNode.start(host, []);
    await vi.waitFor(() => expect(lastFrame(terminal)).toMatch(/q ends/), 60_000);
    terminal.press('q');
    expect(await terminal.ended).toBe(0);
  });
});
