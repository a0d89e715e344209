import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { dashboardRoutes } from '../../../../src/edges/http/dashboard/dashboard-routes.ts';
import { MemoryLog } from '../../../fakes/memory-log.ts';
import { loopbackAddresses } from '../../../loopback.ts';
import { RunningHttp } from '../running-http.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const folder = mkdtempSync(join(tmpdir(), 'kdmq-web-'));
afterAll(() => rmSync(folder, { recursive: true }));

const page = '<!doctype html><script type="module" src="./assets/main-x1.js"></script>';
const script = 'console.log(1);\n'.repeat(200);
mkdirSync(join(folder, 'built/assets'), { recursive: true });
writeFileSync(join(folder, 'built/index.html'), page);
writeFileSync(join(folder, 'built/assets/main-x1.js'), script);

const served = (name = 'built', mode: 'unset' | 'guarded' | 'local' = 'guarded', log = new MemoryLog()) =>
  RunningHttp.start(nextAddress(), {
    access: { mode },
    routes: (app) => dashboardRoutes(app, { folder: join(folder, name), log }),
  });

it.each(['guarded', 'unset', 'local'] as const)(
  'the page is the same for everybody, where access is %s',
  async (mode) => {
    await using http = await served('built', mode);
    const answer = await http.ask('/?x=1', { headers: { host: 'example.org' } });
    expect([answer.status, answer.text]).toEqual([200, page]);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
  },
);

it('nothing but files of the node may run in it, and nobody may frame it', async () => {
  await using http = await served();
  const { headers } = await http.ask('/');
  const policy = String(headers['content-security-policy']);
  expect(policy.split('; ')).toEqual(
    expect.arrayContaining([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ]),
  );
  expect(policy).not.toContain('unsafe');
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  expect(headers).not.toHaveProperty('access-control-allow-origin');
});

it('the page is asked for each time, a file with a hash in its name never again', async () => {
  await using http = await served();
  const first = await http.ask('/');
  const tag = String(first.headers.etag);
  expect(first.headers['cache-control']).toBe('no-cache');
  const again = await http.ask('/', { headers: { 'if-none-match': `"other", ${tag}` } });
  expect([again.status, again.text, again.headers.etag]).toEqual([304, '', tag]);
  expect((await http.ask('/', { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  const asset = await http.ask('/assets/main-x1.js');
  expect(asset.headers).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-type': 'text/javascript; charset=utf-8',
  });
});

it.each([
  ['gzip, br', true],
  ['br;q=1, gzip;q=0.5', true],
  ['gzip;q=0', false],
  ['identity', false],
])('who accepts "%s" gets it packed: %s', async (accepted, isPacked) => {
  await using http = await served();
  const answer = await fetch(`${http.server.url}/assets/main-x1.js`, { headers: { 'accept-encoding': accepted } });
  expect(answer.headers.get('content-encoding')).toBe(isPacked ? 'gzip' : null);
  expect(answer.headers.get('vary')).toBe('accept-encoding');
  // fetch unpacks it.
  expect(await answer.text()).toBe(script);
});

it('packed and unpacked have tags of their own', async () => {
  await using http = await served();
  const plain = await http.ask('/assets/main-x1.js');
  const packed = await http.ask('/assets/main-x1.js', { headers: { 'accept-encoding': 'gzip' } });
  expect(plain.headers.etag).not.toBe(packed.headers.etag);
});

it('only what was built is there, whatever the path says', async () => {
  await using http = await served('built', 'local');
  for (const path of ['/index.html', '/assets', '/assets/../../secret', '/%2e%2e/secret', '/assets/..%2f..%2fsecret']) {
    expect((await http.ask(path)).status, path).toBe(404);
  }
  const posted = await http.ask('/', { method: 'POST' });
  expect([posted.status, posted.headers.allow]).toEqual([405, 'GET, HEAD']);
});

it('a node without a built dashboard says how it is made', async () => {
  await using http = await served('none');
  const answer = await http.ask('/');
  expect([answer.status, answer.headers['content-type']]).toEqual([404, 'text/plain; charset=utf-8']);
  expect(answer.text).toContain('`make build`');
});

it('a node whose files can not be read starts without them, and says so in its log', async () => {
  const log = new MemoryLog();
  await using http = await served('built/index.html', 'guarded', log);
  expect(await http.ask('/')).toMatchObject({ status: 404 });
  expect(log.messages('error')).toEqual(['http: the dashboard can not be read']);
});
