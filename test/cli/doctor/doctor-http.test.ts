import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAuthority } from '../../edges/sip/certificates.ts';
import { loopbackAddresses } from '../../loopback.ts';
import { measured } from '../../waiting.ts';
import { StartedNode } from '../node-api/started-node.ts';
import { runCommand } from '../run-command.ts';
import { doctor } from './doctor-run.ts';

const address = await loopbackAddresses(import.meta.filename);

let folder: string;
let authority: TestAuthority;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kdmq-doctor-http-'));
  authority = new TestAuthority();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  authority.remove();
});

/** As for `kdmq start` at that address. */
const at = (host: string, ...more: readonly string[]): readonly string[] => [
  ...['--server-address', `sip:${host}:5060`, '--http-listen', `${host}:8080`],
  ...more,
];

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('kdmq doctor looks at the port of HTTP', { timeout: 120_000 }, () => {
  it('that is free', async () => {
    const host = address();
    const { code, of } = await doctor(at(host));
    expect(code).toBe(0);
    expect(of('http')).toEqual([{ check: 'http', level: 'ok', what: `${host}:8080 is free` }]);
  });

  it('that is not served', async () => {
    const { of } = await doctor(['--server-address', `sip:${address()}`, '--http-listen', 'off']);
    expect(of('http')).toEqual([expect.objectContaining({ level: 'ok', what: expect.stringContaining('is off') })]);
  });

  it('that somebody else has', async () => {
    const host = address();
    const other = createServer((socket) => socket.end('220 a mail server\r\n'));
    await new Promise<void>((resolve) => other.listen(8080, host, resolve));
    const { code, of } = await doctor(at(host));
    other.close();
    expect(code).toBe(69);
    expect(of('http')).toEqual([
      expect.objectContaining({
        level: 'error',
        what: `${host}:8080 is in use, by somebody who is no kdmq with http`,
        next: expect.stringMatching(/^http_listen names another one, or off.* ss -lntp names who has it\.$/),
      }),
    ]);
  });

  it('that another kdmq has', async () => {
    await using node = await StartedNode.start(address(), []);
    const flags = ['--server-address', `sip:${address()}`, '--http-listen', new URL(node.url).host];
    const { code, of } = await doctor(flags);
    expect(code).toBe(69);
    expect(of('http')).toEqual([
      expect.objectContaining({ level: 'error', what: expect.stringContaining('by another kdmq') }),
    ]);
  });

  it('that this machine does not have', async () => {
    const flags = ['--server-address', `sip:${address()}`, '--http-listen', '192.0.2.1:8080'];
    const { of } = await doctor(flags);
    expect(of('http')).toEqual([
      expect.objectContaining({
        level: 'error',
        next: 'No interface of this machine has that address: see http_listen.',
      }),
    ]);
  });
});

describe('kdmq doctor asks the node that runs where it is', { timeout: 120_000 }, () => {
  it('whether it is ready', async () => {
    const host = address();
    await using _node = await StartedNode.start(host, []);
    const { code, of } = await doctor(at(host));
    expect(code).toBe(0);
    expect(of('http')).toEqual([
      expect.objectContaining({ what: `${host}:8080 is served by the node that runs here` }),
    ]);
    expect(of('readiness')).toEqual([expect.objectContaining({ level: 'ok' })]);
  });

  it('over HTTPS too', async () => {
    const host = address();
    const { certificate, privateKey } = authority.issue(`IP:${host}`);
    const tls = ['--http-tls-certificate', certificate, '--http-tls-private-key', privateKey];
    await using _node = await StartedNode.start(host, tls, 'https');
    const { of } = await doctor(at(host, ...tls));
    expect(of('readiness')).toEqual([expect.objectContaining({ level: 'ok' })]);
  });

  it('and says what to do about each check that fails', async () => {
    const host = address();
    const flags = [
      '--mqueue',
      'name=calls;durability=always',
      '--db-url',
      `redis://${address()}`,
      '--db-connect-timeout',
      '1',
    ];
    await using _node = await StartedNode.start(host, flags);
    const { code, of } = await doctor(at(host, ...flags));
    expect(code).toBe(69);
    expect(of('readiness')).toEqual([
      expect.objectContaining({
        level: 'error',
        what: expect.stringMatching(/^the node that runs here is not ready: queues: calls .*ECONNREFUSED/),
        next: expect.stringContaining('docs/runbooks.md#kdmqqueuenotserved'),
      }),
      expect.objectContaining({
        level: 'warning',
        what: expect.stringMatching(/is in trouble with store: failing: redis:.*ECONNREFUSED/),
        next: expect.stringContaining('docs/runbooks.md#kdmqstorefails'),
      }),
    ]);
  });

  it('and names a queue that is damaged, which looks served from outside', async () => {
    const host = address();
    const data = join(folder, 'damaged');
    const flags = ['--mqueue', 'name=calls;durability=always', '--data-dir', data, '--partition', '0'];
    {
      await using node = await StartedNode.start(host, flags);
      expect((await runCommand(['queue', 'add', 'calls', 'alice', 'sip:a', '--url', node.url])).code).toBe(0);
    }
    damage(data);
    await using _node = await StartedNode.start(host, flags);
    await measured(30_000, async () => {
      const { of } = await doctor(at(host, ...flags));
      expect(of('readiness')).toEqual([
        expect.objectContaining({
          what: expect.stringContaining('damaged at byte'),
          next: expect.stringContaining('docs/runbooks.md#a-queue-is-damaged'),
        }),
      ]);
    });
  });
});

describe('kdmq doctor reads the files of HTTP', { timeout: 120_000 }, () => {
  it('and finds nothing wrong with good ones', async () => {
    const host = address();
    const { certificate, privateKey } = authority.issue(`IP:${host}`);
    const { code, of } = await doctor(
      at(
        host,
        '--http-write-token-file',
        file('good', 'a-token-of-sixteen-characters\n'),
        ...tlsFlags(certificate, privateKey),
      ),
    );
    expect(code).toBe(0);
    expect(of('http').map(({ what }) => what)).toEqual([
      `${host}:8080 is free`,
      `http_write_token_file: ${join(folder, 'good')} has 1 token`,
      expect.stringMatching(/tls\.crt is valid for (?:9|10) days$/),
    ]);
  });

  it.each<[string, () => readonly string[], string]>([
    [
      'a token file that is not there',
      () => ['--http-read-token-file', join(folder, 'none')],
      'http_read_token_file: ',
    ],
    ['a token that is too short', () => ['--http-write-token-file', file('short', 'abc\n')], 'http_write_token_file: '],
    ['a token file that is empty', () => ['--http-write-token-file', file('empty', '')], 'is empty'],
    ['a certificate that has expired', () => tlsFlags(...issued(-1)), 'has expired'],
    ['the key of another certificate', () => tlsFlags(issued()[0], issued()[1]), 'is not the key of'],
    ['a certificate that is not there', () => tlsFlags(join(folder, 'none'), issued()[1]), 'cannot use the TLS files'],
    [
      'authorities that are none',
      () => [...tlsFlags(...issued()), '--http-tls-client-ca', file('ca', 'no certificate')],
      'holds no certificate in PEM format',
    ],
  ])('and names %s', async (_, flags, words) => {
    const { code, of } = await doctor(at(address(), ...flags()));
    expect(code).toBe(69);
    const errors = of('http').filter(({ level }) => level === 'error');
    expect(errors).toEqual([
      expect.objectContaining({ what: expect.stringContaining(words), next: expect.any(String) }),
    ]);
  });

  it('and warns of a certificate that expires soon', async () => {
    const { code, of } = await doctor(at(address(), ...tlsFlags(...issued(2))));
    expect(code).toBe(0);
    expect(of('http')).toContainEqual(expect.objectContaining({ level: 'warning', next: expect.any(String) }));
  });
});

const tlsFlags = (certificate: string, key: string): readonly string[] => [
  ...['--http-tls-certificate', certificate, '--http-tls-private-key', key],
];

function issued(days?: number): [certificate: string, privateKey: string] {
  const { certificate, privateKey } = authority.issue('DNS:node.test', days);
  return [certificate, privateKey];
}

/** Turns one byte in the middle of the largest file. */
function damage(data: string): void {
  const paths = readdirSync(data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort((one, two) => statSync(two).size - statSync(one).size);
  const [largest = ''] = paths;
  const content = readFileSync(largest);
  const middle = Math.floor(content.length / 2);
  content[middle] = (content[middle] ?? 0) ^ 0xff;
  writeFileSync(largest, content);
}
