import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TokenFileError } from '../../../../src/edges/http/access/token-file.ts';
import { loopbackAddresses } from '../../../loopback.ts';
import { measured } from '../../../waiting.ts';
import { RunningHttp, type RunningHttpParts } from '../running-http.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const reader = 'reader-token-0123456789';
const writer = 'writer-token-0123456789';
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kdmq-tokens-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function withRoutes(app: RunningHttp['app']): void {
  app.get('/state', async ({ role }) => ({ role }));
  app.post('/change', async ({ role }) => ({ role }));
  app.post('/look', { config: { need: 'read' } }, async ({ role }) => ({ role }));
}

const guarded: RunningHttpParts = {
  access: { mode: 'guarded' },
  sources: [
    { role: 'read', token: reader, file: undefined },
    { role: 'write', token: writer, file: undefined },
  ],
};

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('with tokens', () => {
  it.each([
    ['GET', '/state', reader, 200],
    ['GET', '/state', writer, 200],
    ['HEAD', '/state', undefined, 401],
    ['GET', '/state', undefined, 401],
    ['GET', '/state', `${writer}x`, 401],
    ['GET', '/state', writer.slice(0, -1), 401],
    ['POST', '/change', reader, 403],
    ['POST', '/change', writer, 200],
    ['POST', '/look', reader, 200],
    ['GET', '/nothing', undefined, 401],
    ['GET', '/nothing', reader, 404],
    ['GET', '/livez', undefined, 200],
    ['GET', '/readyz?verbose', undefined, 200],
    ['POST', '/livez', undefined, 405],
  ])('%s %s with the token %s is answered %i', async (method, path, token, status) => {
    await using http = await RunningHttp.start(nextAddress(), guarded, withRoutes);
    const answer = await http.ask(path, { method, headers: token === undefined ? {} : bearer(token) });
    expect(answer.status).toBe(status);
    expect(answer.headers['www-authenticate']?.slice(0, 6)).toBe(status === 401 ? 'Bearer' : undefined);
  });

  it.each(['bearer', 'BEARER'])('the scheme is written in any case: %s', async (scheme) => {
    await using http = await RunningHttp.start(nextAddress(), guarded, withRoutes);
    const answer = await http.ask('/state', { headers: { authorization: `${scheme} ${reader}` } });
    expect(answer.json()).toEqual({ role: 'read' });
  });

  it.each(['Basic dTpw', 'Bearer', `Bearer ${reader} ${reader}`])('"%s" is no token', async (authorization) => {
    await using http = await RunningHttp.start(nextAddress(), guarded, withRoutes);
    expect(await http.ask('/state', { headers: { authorization } })).toMatchObject({ status: 401 });
    expect(http.counters.value('http_requests_refused', 'wrong_token')).toBe(1);
  });

  it('a refused request is not read: a body beyond the limit gets 401, not 413', async () => {
    await using http = await RunningHttp.start(nextAddress(), guarded, withRoutes);
    const answer = await http.ask('/change', { method: 'POST', body: 'x'.repeat(10_000) });
    expect(answer.json()).toMatchObject({ status: 401, code: 'TOKEN_MISSING' });
  });

  it('says nothing of Kubernetes where its tokens are not taken', async () => {
    await using http = await RunningHttp.start(nextAddress(), guarded, withRoutes);
    const answers = [await http.ask('/state'), await http.ask('/state', { headers: bearer(`${reader}x`) })];
    for (const { status, text, headers } of answers) {
      expect(status).toBe(401);
      expect(text + headers['www-authenticate']).not.toMatch(/kubectl|audience|Kubernetes/);
    }
  });

  it('no answer and no line of the log holds a token', async () => {
    await using http = await RunningHttp.start(nextAddress(), guarded, withRoutes);
    const wrong = await http.ask('/state', { headers: bearer('wrong-token-0123456789') });
    const weak = await http.ask('/change', { method: 'POST', headers: bearer(reader) });
    expect(JSON.stringify([wrong, weak, http.log.lines])).not.toContain('token-0123456789');
    expect(weak.json()).toMatchObject({
      code: 'ROLE_NOT_ENOUGH',
      detail: expect.stringContaining('http_write_token_file'),
    });
  });
});

describe('a file of tokens', () => {
  const fileOf = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const of = (path: string): RunningHttpParts => ({
    // These tests ask again and again until the file has been read.
    access: { mode: 'guarded', refusalLimit: 1_000_000 },
    sources: [{ role: 'read', token: undefined, file: { setting: 'http_read_token_file', path } }],
  });

  it('may hold several, and is read again when it is replaced, as a mounted Secret is', async () => {
    const path = fileOf('several', `${reader}\n${writer}\n`);
    await using http = await RunningHttp.start(nextAddress(), of(path), withRoutes);
    const statusOf = async (token: string) => (await http.ask('/state', { headers: bearer(token) })).status;
    expect([await statusOf(reader), await statusOf(writer)]).toEqual([200, 200]);
    renameSync(fileOf('next', 'new-token-0123456789\n'), path);
    await measured(5_000, async () => expect(await statusOf('new-token-0123456789')).toBe(200));
    expect(await statusOf(reader)).toBe(401);
  });

  it('that can not be read later leaves the tokens as they are, and is logged once', async () => {
    const path = fileOf('vanishing', reader);
    await using http = await RunningHttp.start(nextAddress(), of(path), withRoutes);
    rmSync(path);
    const headers = bearer(reader);
    await measured(5_000, async () => {
      expect((await http.ask('/state', { headers })).status).toBe(200);
      expect(http.log.messages('warn')).toHaveLength(1);
    });
    expect(http.log.lines[0]!.fields).toMatchObject({ setting: 'http_read_token_file', path, problem: 'is not there' });
  });

  it('that is emptied takes the tokens away', async () => {
    const path = fileOf('emptied', reader);
    await using http = await RunningHttp.start(nextAddress(), of(path), withRoutes);
    writeFileSync(path, '');
    await measured(5_000, async () => expect((await http.ask('/state', { headers: bearer(reader) })).status).toBe(401));
  });

  it.each([
    ['is missing', undefined, 'is not there'],
    ['is empty', '\n', 'is empty'],
    ['holds a short token', `${reader}\nsecret`, 'is shorter than 16 characters in line 2'],
  ])('that %s at the start keeps HTTP from being served', async (_, text, problem) => {
    const path = text === undefined ? join(folder, 'missing') : fileOf('wrong', text);
    const starting = RunningHttp.start(nextAddress(), of(path));
    await expect(starting).rejects.toThrow(TokenFileError);
    await expect(starting).rejects.toThrow(`http_read_token_file: ${path} ${problem}; expected`);
  });
});

describe('without tokens', () => {
  const evil = { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' };

  it('an address that others reach serves health only, and says what to set', async () => {
    await using http = await RunningHttp.start(nextAddress(), { access: { mode: 'unset' } }, withRoutes);
    const answer = await http.ask('/state', { headers: bearer(reader) });
    expect(answer.json()).toMatchObject({ status: 403, code: 'ACCESS_NOT_SET' });
    for (const setting of [
      'http_read_token_file',
      'http_write_token_file',
      'http_tls_client_ca',
      'http_access: open',
    ]) {
      expect(answer.json<{ detail: string }>().detail).toContain(setting);
    }
    expect((await http.ask('/livez')).status).toBe(200);
    expect((await http.ask('/readyz')).status).toBe(200);
  });

  it.each<[string, Record<string, string>, number]>([
    ['a program of this machine', {}, 200],
    ['one that calls it localhost', { host: 'localhost:8080' }, 200],
    ['a browser that was led here by the DNS of a site', { host: 'evil.example:8080' }, 403],
    ['a browser with a page of another site', evil, 403],
  ])('a loopback address serves %s', async (_, headers, status) => {
    await using http = await RunningHttp.start(nextAddress(), { access: { mode: 'local' } }, withRoutes);
    const answers = [await http.ask('/change', { method: 'POST', headers }), await http.ask('/state', { headers })];
    expect(answers.map((answer) => answer.status)).toEqual([status, status]);
  });

  it('a browser may not even ask whether it may', async () => {
    await using http = await RunningHttp.start(nextAddress(), { access: { mode: 'open' } }, withRoutes);
    const headers = { ...evil, 'access-control-request-method': 'POST' };
    const answer = await http.ask('/livez', { method: 'OPTIONS', headers });
    expect(answer.status).toBe(405);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('a client that is refused too often', () => {
  it('gets 429 and when to come back; with a token it is served all the same', async () => {
    const access = { mode: 'guarded', refusalLimit: 2 } as const;
    await using http = await RunningHttp.start(nextAddress(), { ...guarded, access }, withRoutes);
    const statuses: number[] = [];
    for (let request = 0; request < 3; request++) statuses.push((await http.ask('/state')).status);
    expect(statuses).toEqual([401, 401, 429]);
    const answer = await http.ask('/state');
    expect(answer.json()).toMatchObject({ code: 'TOO_MANY_REFUSALS' });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(50);
    expect((await http.ask('/state', { headers: bearer(reader) })).status).toBe(200);
    expect(http.counters.value('http_requests_refused', 'no_token')).toBe(4);
    expect(http.counters.value('http_requests_refused', 'too_many')).toBe(2);
  });
});

describe('a client that asks too much', () => {
  it('gets 429 and when to come back, whoever it is; probes are answered', async () => {
    const access = { mode: 'guarded', rateLimit: 3, now: () => 0 } as const;
    await using http = await RunningHttp.start(nextAddress(), { ...guarded, access }, withRoutes);
    const statuses: number[] = [];
    for (let request = 0; request < 4; request++) {
      statuses.push((await http.ask('/state', { headers: bearer(reader) })).status);
    }
    expect(statuses).toEqual([200, 200, 200, 429]);
    const answer = await http.ask('/state');
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.json()).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect((await http.ask('/readyz')).status).toBe(200);
    expect(http.counters.value('http_requests_refused', 'rate')).toBe(2);
    // What changes something is counted apart.
    expect((await http.ask('/change', { method: 'POST', headers: bearer(writer) })).status).toBe(200);
  });
});
