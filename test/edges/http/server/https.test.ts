import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CertificateName } from '../../../../src/core/http/certificate-names.ts';
import { TlsFiles } from '../../../../src/edges/sip/tls-files.ts';
import { SystemClock } from '../../../../src/edges/system/system-clock.ts';
import { MemoryLog } from '../../../fakes/memory-log.ts';
import { ask } from '../../../http-request.ts';
import { loopbackAddresses } from '../../../loopback.ts';
import { measured } from '../../../waiting.ts';
import { type Certificate, TestAuthority } from '../../sip/certificates.ts';
import { RunningHttp } from '../running-http.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
let authority: TestAuthority;
let stranger: TestAuthority;

beforeAll(() => {
  authority = new TestAuthority();
  stranger = new TestAuthority('somebody else');
});
afterAll(() => {
  authority.remove();
  stranger.remove();
});

const shown = ({ certificate, privateKey }: Certificate) => ({
  cert: readFileSync(certificate),
  key: readFileSync(privateKey),
});

async function served(
  host: string,
  certificate: Certificate,
  role?: 'read' | 'write',
  writers: readonly CertificateName[] = [],
) {
  const caList = role === undefined ? undefined : authority.caList;
  const material = new TlsFiles({ ...certificate, caList }, new SystemClock(), new MemoryLog());
  const parts = {
    material,
    tls: role === undefined ? 'on' : 'mutual',
    access: {
      mode: role === undefined ? 'open' : 'guarded',
      certificates: role === undefined ? undefined : { role, writers },
    },
  } as const;
  return await RunningHttp.start(host, parts, (app) => {
    app.get('/state', async ({ role }) => ({ role }));
    app.post('/change', async ({ role }) => ({ role }));
  });
}

describe('HTTPS', () => {
  it('is served with the certificate, and with a new one when the files change', async () => {
    const host = nextAddress();
    const files = authority.issue(`IP:${host}`);
    await using http = await served(host, files);
    const tls = { ca: readFileSync(authority.caList) };
    expect(http.server.url).toBe(`https://${host}:8080`);
    expect((await http.ask('/livez', { tls })).text).toBe('ok');

    const next = stranger.issue(`IP:${host}`);
    copyFileSync(next.privateKey, files.privateKey);
    copyFileSync(next.certificate, files.certificate);
    const ca = readFileSync(stranger.caList);
    await measured(5_000, async () => expect((await http.ask('/livez', { tls: { ca } })).text).toBe('ok'));
    await expect(http.ask('/livez', { tls })).rejects.toThrow(/certificate/);
  });

  it('what is no TLS is cut and counted', async () => {
    const host = nextAddress();
    await using http = await served(host, authority.issue(`IP:${host}`));
    await expect(http.ask('/livez', { tls: {} })).rejects.toThrow(/certificate/);
    const plain = http.server.url.replace('https', 'http');
    await expect(ask(`${plain}/livez`)).rejects.toThrow();
    expect(http.counters.value('http_connections_refused', 'tls_handshake')).toBeGreaterThanOrEqual(1);
  });

  it.each<[string, () => object, 'read' | 'write', string, string, number]>([
    ['a certificate of the role read', () => shown(authority.issue('DNS:client')), 'read', 'GET', '/state', 200],
    ['a certificate of the role read', () => shown(authority.issue('DNS:client')), 'read', 'POST', '/change', 403],
    ['a certificate of the role write', () => shown(authority.issue('DNS:client')), 'write', 'POST', '/change', 200],
    ['a certificate of somebody else', () => shown(stranger.issue('DNS:client')), 'write', 'GET', '/state', 401],
    ['an expired certificate', () => shown(authority.issue('DNS:client', -1)), 'write', 'GET', '/state', 401],
    ['no certificate', () => ({}), 'write', 'GET', '/state', 401],
    ['no certificate', () => ({}), 'write', 'GET', '/readyz', 200],
  ])('%s', async (_, client, role, method, path, status) => {
    const host = nextAddress();
    await using http = await served(host, authority.issue(`IP:${host}`), role);
    const tls = { ca: readFileSync(authority.caList), ...client() };
    expect((await http.ask(path, { method, tls })).status).toBe(status);
  });

  it.each<[string, string, number]>([
    ['with a name that http_tls_client_write lists', 'DNS:Operator.example', 200],
    ['with such a name among others', 'DNS:other.example,URI:spiffe://voice/operator', 200],
    ['without such a name', 'DNS:reader.example', 403],
    ['with such a name of another kind', 'email:operator.example', 403],
  ])('a certificate %s may change something or not', async (_, names, status) => {
    const host = nextAddress();
    const writers = [
      { kind: 'dns', name: 'operator.example' },
      { kind: 'uri', name: 'spiffe://voice/operator' },
    ] as const;
    await using http = await served(host, authority.issue(`IP:${host}`), 'read', writers);
    const tls = { ca: readFileSync(authority.caList), ...shown(authority.issue(names)) };
    expect((await http.ask('/state', { tls })).status).toBe(200);
    expect((await http.ask('/change', { method: 'POST', tls })).status).toBe(status);
  });

  it('is not served when the files can not be used', async () => {
    const missing = join(authority.folder, 'none.pem');
    const starting = served(nextAddress(), { certificate: missing, privateKey: missing });
    await expect(starting).rejects.toMatchObject({ code: 'TLS_FILES_UNUSABLE' });
  });
});
