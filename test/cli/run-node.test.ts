import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Command, startCommand, written } from './run-command.ts';

const ENTRY = fileURLToPath(new URL('./stand-in-node.ts', import.meta.url));
const started: Command[] = [];
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kdmq-run-'));
});

afterEach(async () => {
  for (const command of started.splice(0)) {
    command.process.kill('SIGKILL');
    await command.ended;
  }
  rmSync(directory, { recursive: true });
});

function run(behavior: string, environment: Record<string, string> = {}, configFile?: string): Command {
  const args = configFile === undefined ? [behavior] : [behavior, configFile];
  const command = startCommand(args, { POD_IP: '127.0.0.1', ...environment }, ENTRY);
  started.push(command);
  return command;
}

const messages = (command: Command): string[] =>
  command
    .output()
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { msg: string }).msg);

describe('a running node', { timeout: 60_000 }, () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('stops at %s and ends with 0, its last line written', async (signal) => {
    const command = run('good');
    await written(command, '"msg":"started"');
    command.process.kill(signal);
    expect(await command.ended).toBe(0);
    expect(messages(command).slice(-4)).toEqual(['started', 'stopping', 'node stopped', 'stopped']);
  });

  it('says once what it announces and where it listens', async () => {
    const command = run('good');
    await written(command, '"msg":"started"');
    expect(command.output()).toContain(
      '"server_address":"sip:127.0.0.1:5060","listen":"udp:127.0.0.1:5060 tcp:127.0.0.1:5060"',
    );
  });

  it('ends at once at a second signal, with 128 + its number', async () => {
    const command = run('slow-to-stop', { KDMQ_SHUTDOWN_GRACE: '3600' });
    await written(command, 'node started');
    command.process.kill('SIGTERM');
    await written(command, 'stopping');
    command.process.kill('SIGINT');
    expect(await command.ended).toBe(130);
    expect(messages(command).at(-1)).toBe('second signal: ending at once');
  });

  it('ends with 75 when the stop takes longer than shutdown_grace', async () => {
    const command = run('slow-to-stop', { KDMQ_SHUTDOWN_GRACE: '0.1' });
    await written(command, 'node started');
    command.process.kill('SIGTERM');
    expect(await command.ended).toBe(75);
  });

  it('ends with 74 and names the queues when they could not be brought into their store', async () => {
    const command = run('unsaved');
    await written(command, 'node started');
    command.process.kill('SIGTERM');
    expect(await command.ended).toBe(74);
    expect(command.output().trimEnd().split('\n').at(-1)).toContain('"spilled":["calls"],"lost":["bills"]');
  });

  it('can be stopped while it is still starting', async () => {
    const command = run('slow-to-start');
    await written(command, 'node starting');
    command.process.kill('SIGTERM');
    expect(await command.ended).toBe(0);
  });

  it.each([
    ['throwing', 'a mistake in the program'],
    ['rejecting', 'a forgotten promise'],
  ])('logs an error that nobody caught (%s) and ends with 70', async (behavior, message) => {
    const command = run(behavior);
    expect(await command.ended).toBe(70);
    const last = JSON.parse(command.output().trimEnd().split('\n').at(-1) ?? '') as object;
    expect(last).toMatchObject({ level: 'error', error: { message, stack: expect.any(Array) } });
  });
});

describe('a running node with a configuration file', { timeout: 60_000 }, () => {
  const path = (): string => join(directory, 'kdmq.yaml');
  const replace = (text: string): void => {
    writeFileSync(`${path()}.new`, text);
    renameSync(`${path()}.new`, path());
  };

  it('takes over what can change, names what needs a restart, and keeps running through a broken file', async () => {
    replace('ping_interval: 5\n');
    const command = run('good', {}, path());
    await written(command, 'node started');

    replace('ping_interval: 7\nmax_connections: 5\n');
    await written(command, '"ping_interval":7');
    await written(command, 'changed settings that need a restart');
    expect(command.output()).toContain('"settings":["max_connections"]');

    replace('ping_interval: often\nlisten: everywhere\n');
    await written(command, 'the changed configuration is wrong');
    expect(command.output()).toMatch(/"problems":\["ping_interval: .*","listen: .*"\]/);

    replace('ping_interval: 8\nlog_level: warn\n');
    await written(command, '"ping_interval":8');
    command.process.kill('SIGTERM');
    expect(await command.ended).toBe(0);
    expect(messages(command)).not.toContain('stopped'); // log_level has changed to warn
  });
});
