import { describe, expect, it } from 'vitest';
import { loopbackAddresses } from '../../loopback.ts';
import { StartedNode } from '../node-api/started-node.ts';
import { runCommand } from '../run-command.ts';

const address = await loopbackAddresses(import.meta.filename);

describe('kdmq log', { timeout: 120_000 }, () => {
  it('shows the level, changes it, and says until when; the node says so too', async () => {
    await using node = await StartedNode.start(address(), []);
    const log = (...args: string[]) => runCommand(['log', ...args, '--url', node.url]);
    expect(await log()).toEqual({ code: 0, output: 'info\n', errors: '' });
    const timed = await log('debug', '--for', '10m');
    const [, until = ''] = /^debug until (\S+), then info\n$/.exec(timed.output) ?? [];
    expect(Date.parse(until) - Date.now()).toBeGreaterThan(400_000);
    expect(JSON.parse((await log('-o', 'json')).output)).toEqual({ level: 'debug', setting: 'info', until });
    expect((await log('error')).output).toBe('error (log_level is info)\n');
    expect((await log('debug', '--for', '1')).code).toBe(0);
    await expect.poll(() => node.output(), { timeout: 30_000 }).toContain('"from":"debug","to":"info"');
    expect(node.output()).toContain(`"from":"info","to":"debug","until":"${until}"`);
  });

  it.each([
    [['log', 'loud'], 2, 'Allowed choices are debug, info, warn, error'],
    [['log', 'debug', '--for', 'long'], 2, 'a time as 30s, 10m or 2h'],
    [['log', '--for', '10m'], 2, '--for needs a level'],
    [['log', '--url', 'http://127.0.0.1:1'], 69, 'no node answers'],
  ])('%j ends with %i', async (args, code, words) => {
    expect(await runCommand(args)).toEqual({ code, output: '', errors: expect.stringContaining(words) });
  });
});
