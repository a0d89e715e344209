import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loopbackAddresses } from '../../loopback.ts';
import { StartedNode } from '../node-api/started-node.ts';
import { runCommand, startCommand } from '../run-command.ts';
import { Terminal } from '../terminal.ts';

const address = await loopbackAddresses(import.meta.filename);

let folder: string;
let node: StartedNode;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kdmq-whole-'));
  const queues = [
    'name=memory',
    'name=copied;lease_ms=60000',
    'name=kept;durability=always',
    'name=narrow;durability=always;size=3',
    'name=unique;addmode=1',
    'name=late;delay_ms=3600000',
    'name=small;size=10',
  ].flatMap((text) => ['--mqueue', text]);
  const data = join(folder, 'data');
  node = await StartedNode.start(address(), [
    '--data-dir',
    data,
    '--partition',
    '0',
    '--http-max-body',
    '20k',
    ...queues,
  ]);
}, 60_000);
afterAll(async () => {
  await node[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const queue = (...args: readonly string[]) => runCommand(['queue', ...args, '--url', node.url]);
const file = (name: string, lines: readonly object[]): string => {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return path;
};
const items = (number: number) =>
  Array.from({ length: number }, (_, index) => ({ key: `k${index}`, value: `v${index}` }));
const linesOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('kdmq queue ls, export and import through a running node', { timeout: 120_000 }, () => {
  it('list its queues, those in memory too', async () => {
    const { code, output } = await queue('ls');
    expect(code).toBe(0);
    expect(output).toMatch(/^QUEUE +STATE +DURABILITY/);
    expect(output).toMatch(/^memory +ready +none /m);
    const json = await queue('ls', '-o', 'json');
    expect(JSON.parse(json.output)).toContainEqual(expect.objectContaining({ name: 'kept', durability: 'always' }));
  });

  it('carry a queue in memory over into another one: order, bytes and delays', async () => {
    const path = file('some.jsonl', [
      ...items(2),
      { key: 'bytes', value: { base64: '/wA=' } },
      { key: 'later', value: 'x', due_at: new Date(Date.now() + 3_600_000).toISOString() },
    ]);
    const imported = await queue('import', 'memory', path);
    expect(imported).toEqual({
      code: 0,
      output: `4 items of ${path} are in queue memory at ${node.url}. They are in its memory, and end with it (durability none).\n`,
      errors: '',
    });
    const to = join(folder, 'memory.jsonl');
    expect(await queue('export', 'memory', '--to', to)).toEqual({
      code: 0,
      output: `4 items of queue memory at ${node.url} are in ${to}\n`,
      errors: '',
    });
    expect((await queue('import', 'copied', to)).code).toBe(0);
    const { output } = await queue('export', 'copied');
    const contents = (text: string) => linesOf(text).map(({ key, value }) => ({ key, value }));
    expect(contents(output)).toEqual(contents(readFileSync(to, 'utf8')));
    expect(linesOf(output).map(({ key }) => key)).toEqual(['k0', 'k1', 'bytes', 'later']);
    const [later] = linesOf(output).filter(({ key }) => key === 'later');
    expect(Date.parse(String(later?.due_at)) - Date.now()).toBeGreaterThan(3_000_000);
  });

  it('leave it to the line how long an item is delayed', async () => {
    expect((await queue('import', 'late', file('now.jsonl', items(1)))).code).toBe(0);
    expect((await queue('fetch', 'late')).code).toBe(0);
  });

  it('take as many with one request as the node reads, and end when its store has all', async () => {
    const { code, output } = await queue('import', 'kept', file('many.jsonl', items(1_204)));
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('1,204 items of ') });
    expect(output).toContain('They are in its store (durability always).');
    expect(linesOf((await queue('export', 'kept')).output).map(({ key }) => key)).toEqual(
      items(1_204).map(({ key }) => key),
    );
  });

  it('take lines from standard input', async () => {
    const command = startCommand(['queue', 'import', 'memory', '-', '--url', node.url]);
    command.process.stdin.end('{"key":"piped","value":"x"}\n');
    expect(await command.ended).toBe(0);
    expect(command.output()).toContain('1 item of standard input is in queue memory');
  });

  it('say which items had a key that is there', async () => {
    const path = file('twice.jsonl', [...items(2), ...items(1)]);
    expect((await queue('import', 'unique', path)).output).toContain(
      `2 items of ${path} are in queue unique at ${node.url} (1 more left out, because one with the same key is there). `,
    );
  });

  it('send nothing of a file that is wrong, unless that is to be left out', async () => {
    const path = file('wrong.jsonl', [...items(1), { key: 'no value' }]);
    const before = (await queue('export', 'kept')).output;
    expect(await queue('import', 'kept', path)).toEqual({
      code: 65,
      output: '',
      errors: expect.stringMatching(/1 of 2 items is wrong, so nothing was imported:\n {2}line 2 has no "value"/),
    });
    expect((await queue('export', 'kept')).output).toBe(before);
    const without = await queue('import', 'kept', path, '--skip-bad');
    expect(without).toMatchObject({ code: 0, errors: expect.stringContaining('1 was left out') });
  });

  it('say what is there when the queue is full', async () => {
    const { code, output, errors } = await queue('import', 'narrow', file('five.jsonl', items(5)));
    expect({ code, output }).toEqual({ code: 69, output: '' });
    expect(errors).toContain('(QUEUE_FULL)');
    expect(errors).toContain('3 items were added; the first that is missing is item 4.');
    expect(linesOf((await queue('export', 'narrow')).output)).toHaveLength(3);
  });

  it('do not say that all are there when the queue dropped some', async () => {
    const path = file('more.jsonl', items(700));
    const { code, output, errors } = await queue('import', 'small', path);
    expect({ code, output }).toEqual({ code: 69, output: '' });
    expect(errors).toBe(
      `kdmq: 700 items of ${path} were added to queue small at ${node.url}, but it was full (size) and dropped 690 items meanwhile, the oldest first: 10 are in it now. Raise size, or import less at a time\n`,
    );
    // What was dropped before is none of the next import.
    expect((await queue('clear', 'small', '--yes')).code).toBe(0);
    expect((await queue('import', 'small', file('ten.jsonl', items(10)))).output).toContain('10 items of ');
  });

  it.each<[string, readonly string[], number, string]>([
    ['a queue that is not there', ['export', 'cals'], 66, 'NO_SUCH_QUEUE'],
    ['a file that is not there', ['import', 'kept', '/none/x.jsonl'], 66, '/none/x.jsonl does not exist'],
    ['a Redis', ['import', 'kept', 'redis://10.0.0.7/3'], 2, 'a Redis is read with --format kamailio'],
    ['a folder for the file', ['export', 'kept', '--to', '/tmp'], 73, "--to: /tmp can't be written"],
  ])('name %s', async (_, args, code, words) => {
    expect(await queue(...args)).toEqual({ code, output: '', errors: expect.stringContaining(words) });
  });
});

const ready = {
  name: 'q',
  state: 'ready',
  durability: 'always',
  size: 2,
  delayed: 0,
  leased: 0,
  bytes: 2,
  counts: { dropped: {} },
};

/** Something that answers in the place of a node: the state of the queue, and what a test wants for all else. */
async function standIn(rest: RequestListener): Promise<{ readonly url: string; readonly server: Server }> {
  const host = address();
  const server = createServer((request, response) => {
    if (request.method === 'GET' && request.url === '/api/v1/queues/q') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(ready));
    } else rest(request, response);
  });
  await new Promise<void>((resolve) => server.listen(8080, host, resolve));
  return { url: `http://${host}:8080`, server };
}

describe('kdmq queue export and import, when the node', { timeout: 120_000 }, () => {
  it('asks for patience, wait and go on', async () => {
    await using slow = await StartedNode.start(address(), ['--mqueue', 'name=q', '--http-rate-limit', '1']);
    const result = await runCommand(['queue', 'import', 'q', file('two.jsonl', items(2)), '--url', slow.url]);
    expect(result).toMatchObject({ code: 0, errors: '', output: expect.stringContaining('2 items of ') });
  });

  it('is slow, show on a terminal how far they are', async () => {
    const { url, server } = await standIn((request, response) => {
      request.resume().on('end', () => {
        setTimeout(() => {
          response.writeHead(201, { 'content-type': 'application/json' });
          response.end(
            JSON.stringify({ items: items(500).map((_, index) => ({ id: `1-${index}`, outcome: 'added' })) }),
          );
        }, 1_200);
      });
    });
    await using terminal = new Terminal(['queue', 'import', 'q', file('slow.jsonl', items(1_000)), '--url', url], {});
    expect(await terminal.ended).toBe(0);
    server.close();
    expect(terminal.written).toContain('[############------------]  50 % 500 items added');
  });

  it('is gone before it answers, say that nobody knows', async () => {
    const { url, server } = await standIn((request) => request.socket.destroy());
    const { code, errors } = await runCommand(['queue', 'import', 'q', file('two.jsonl', items(2)), '--url', url]);
    server.close();
    expect(code).toBe(69);
    expect(errors).toMatch(/no node answers at .*\n0 items were added; 2 more may have been: look .* item 1\.\n$/);
  });

  it('is gone in the middle, leave no file that is not whole', async () => {
    const { url, server } = await standIn((request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.write('{"key":"a","value":"b"}\n', () => setImmediate(() => request.socket.destroy()));
    });
    const to = join(folder, 'part.jsonl');
    const { code, output, errors } = await runCommand(['queue', 'export', 'q', '--to', to, '--url', url]);
    server.close();
    expect({ code, output }).toEqual({ code: 69, output: '' });
    expect(errors).toContain(`the export of queue q broke off after 1 item, nothing is in ${to}: `);
    expect(existsSync(to)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('is not ready, send nothing', async () => {
    const away = ['--mqueue', 'name=q;durability=always', '--db-url', `redis://${address()}`];
    await using other = await StartedNode.start(address(), away);
    const result = await runCommand(['queue', 'import', 'q', file('two.jsonl', items(2)), '--url', other.url]);
    expect(result).toEqual({
      code: 69,
      output: '',
      errors: expect.stringMatching(/queue q at .* is (?:loading|failed), so nothing was imported/),
    });
  });
});

describe('what kdmq queue is not to be asked of a node', { timeout: 60_000 }, () => {
  const url = ['--url', 'http://127.0.0.1:1'];
  it.each<[string, readonly string[], string]>([
    [
      'the store as well',
      ['ls', ...url, '--db-url', 'redis://10.0.0.9'],
      '--url names a running node, --db-url the store of queues: give one of them',
    ],
    [
      'a configuration as well',
      ['ls', '--namespace', 'voice', '--config', 'x'],
      '--namespace names a running node, --config the store',
    ],
    [
      'a partition',
      ['export', 'q', ...url, '--partition', '2'],
      '--partition the store of queues: give one of them. A node has its own partitions',
    ],
    [
      'a table of Kamailio',
      ['export', 'q', ...url, '--format', 'kamailio', '--to', 'redis://h'],
      '--format kamailio is for a table of Kamailio',
    ],
    [
      'an adoption',
      ['adopt', 'q', ...url, '--from', '2', '--to', '0'],
      'no node adopts over HTTP, so --url does not go here',
    ],
    [
      'an adoption in a cluster',
      ['adopt', 'q', '--namespace', 'voice', '--from', '2', '--to', '0'],
      'kubectl --namespace voice exec POD -- kdmq queue adopt q --from 2 --to 0',
    ],
    [
      'nothing, and yet with a token',
      ['ls', '--token', 'x'],
      '--token says how a running node is spoken with: name the node too',
    ],
    ['two nodes', ['ls', ...url, '--namespace', 'voice'], 'not both'],
  ])('%s', async (_, args, words) => {
    expect(await runCommand(['queue', ...args])).toEqual({
      code: 2,
      output: '',
      errors: expect.stringContaining(words),
    });
  });

  it('by a variable: KDMQ_URL leaves the commands of the store with the store', async () => {
    const { code, errors } = await runCommand(['queue', 'ls', '--data-dir', join(folder, 'none')], {
      KDMQ_URL: node.url,
    });
    expect({ code, errors }).toEqual({
      code: 66,
      errors: expect.stringMatching(
        /no queue is kept in .*; --url asks a node that runs, as KDMQ_URL alone does not\n$/,
      ),
    });
  });
});
