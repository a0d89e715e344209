import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loopbackAddresses } from '../../loopback.ts';
import { StartedNode } from '../node-api/started-node.ts';
import { runCommand, startCommand } from '../run-command.ts';

const address = await loopbackAddresses(import.meta.filename);

let folder: string;
let node: StartedNode;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kdmq-served-'));
  const queues = ['name=calls;lease_ms=60000;durability=always', 'name=plain'].flatMap((text) => ['--mqueue', text]);
  node = await StartedNode.start(address(), ['--data-dir', folder, '--partition', '0', ...queues]);
}, 60_000);
afterAll(async () => {
  await node[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const queue = (...args: readonly string[]) => runCommand(['queue', ...args], { KDMQ_URL: node.url });
const linesOf = (output: string) =>
  output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('kdmq queue with a running node', { timeout: 60_000 }, () => {
  it('adds, looks at, fetches, gives back and acknowledges items', async () => {
    expect((await queue('add', 'calls', 'alice', 'sip:alice@example.org')).output).toMatch(/^\d+-0 added\n$/);
    expect((await queue('add', 'calls', 'bob', 'sip:bob@example.org')).code).toBe(0);
    const peeked = await queue('peek', 'calls', '-n', '1', '-o', 'json');
    expect(linesOf(peeked.output)).toMatchObject([{ partition: '0', key: 'alice', value: 'sip:alice@example.org' }]);
    const [item] = linesOf((await queue('fetch', 'calls', '-o', 'json')).output);
    expect((await queue('nack', 'calls', String(item?.receipt))).code).toBe(0);
    const table = (await queue('fetch', 'calls', '--max', '2')).output
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(table[0]).toEqual(['ID', 'PARTITION', 'RECEIPT', 'KEY', 'VALUE']);
    expect(table.slice(1).map((row) => row[3])).toEqual(['alice', 'bob']);
    const receipts = table.slice(1).map((row) => String(row[2]));
    expect(await queue('ack', 'calls', ...receipts)).toEqual({ code: 0, output: '', errors: '' });
    // As after an answer that did not come.
    expect(await queue('ack', 'calls', ...receipts)).toEqual({ code: 0, output: '', errors: '' });
    const late = await queue('nack', 'calls', ...receipts);
    expect(late).toEqual({ code: 77, output: '', errors: expect.stringMatching(/LEASE_OVER[\s\S]*LEASE_OVER/) });
    expect(await queue('fetch', 'calls')).toEqual({
      code: 66,
      output: '',
      errors: expect.stringContaining('has no item to fetch'),
    });
  });

  it('takes and gives bytes', async () => {
    const command = startCommand(['queue', 'add', 'plain', 'k'], { KDMQ_URL: node.url });
    command.process.stdin.end(Buffer.from([0xff, 0x00]));
    expect(await command.ended).toBe(0);
    const [item] = linesOf((await queue('fetch', 'plain', '-o', 'json')).output);
    expect(item).toMatchObject({ key: 'k', value: { base64: '/wA=' } });
    expect(item).not.toHaveProperty('receipt');
  });

  it('takes an empty value only where that is said', async () => {
    const silent = startCommand(['queue', 'add', 'plain', 'k'], { KDMQ_URL: node.url });
    silent.process.stdin.end();
    expect(await silent.ended).toBe(2);
    expect(silent.errors()).toContain("for an empty value give '' as the argument");
    expect((await queue('add', 'plain', 'k', '')).code).toBe(0);
    const [item, ...more] = linesOf((await queue('fetch', 'plain', '-n', '2', '-o', 'json')).output);
    expect([item?.value, more]).toEqual(['', []]);
  });

  it('waits for an item, and delays one', async () => {
    const waiting = startCommand(['queue', 'fetch', 'plain', '--wait', '30s', '-o', 'json'], { KDMQ_URL: node.url });
    expect((await queue('add', 'plain', 'later', 'x', '--delay', '0.1')).code).toBe(0);
    expect(await waiting.ended).toBe(0);
    expect(linesOf(waiting.output())).toMatchObject([{ key: 'later' }]);
  });

  it('shows queues, and empties one only when that is meant', async () => {
    await queue('add', 'plain', 'k', 'v', '--delay', '60');
    const { output } = await queue('show');
    expect(output).toMatch(/^QUEUE +STATE +DURABILITY +ITEMS +DELAYED +LENT +BYTES +OLDEST\n/);
    expect(output).toMatch(/^calls +ready +always +0 +0 +0 /m);
    expect(output).toMatch(/^plain +ready +none +0 +1 +0 /m);
    expect(JSON.parse((await queue('show', 'plain', '-o', 'json')).output)).toMatchObject({
      name: 'plain',
      delayed: 1,
    });
    expect(await queue('clear', 'plain')).toEqual({
      code: 77,
      output: '',
      errors: expect.stringContaining('holds 1 item,'),
    });
    expect((await queue('clear', 'plain', '--yes')).output).toBe('1 item removed from queue plain\n');
    expect(await queue('clear', 'plain')).toEqual({
      code: 0,
      output: expect.stringMatching(/^queue plain of .* is empty, and nothing was removed\n$/),
      errors: '',
    });
  });

  it.each<[what: string, args: readonly string[], code: number, words: string]>([
    ['no such queue', ['peek', 'cals'], 66, 'NO_SUCH_QUEUE'],
    ['no value', ['add', 'plain', 'k', '--file', '/none'], 66, '--file: /none does not exist'],
    ['a value twice', ['add', 'plain', 'k', 'v', '--file', 'f'], 2, 'not both'],
    ['too many at once', ['fetch', 'plain', '-n', '1001'], 2, 'from 1 to 1,000'],
    ['no receipt', ['ack', 'calls'], 2, "missing required argument 'receipt'"],
    [
      'what is no receipt',
      ['nack', 'calls', 'k3x9'],
      2,
      'expected: 24 small letters and digits: the receipt that an item of a queue with lease_ms is fetched with (REQUEST_INVALID). kdmq queue fetch',
    ],
    ['where receipts come from', ['ack', 'calls', ''], 2, 'kdmq queue fetch calls gives items with their receipts'],
    ['too long a wait', ['fetch', 'plain', '--wait', '2m'], 2, 'a time as 30s, 10m or 2h, from 0s to 1m'],
  ])('is told what is wrong: %s', async (_, args, code, words) => {
    expect(await queue(...args)).toEqual({ code, output: '', errors: expect.stringContaining(words) });
  });
});
