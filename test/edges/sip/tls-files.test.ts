import { copyFileSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { TlsFiles, TlsFilesError } from '../../../src/edges/sip/tls-files.ts';
import { SystemClock } from '../../../src/edges/system/system-clock.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { type Certificate, TestAuthority } from './certificates.ts';

let authority: TestAuthority;
let first: Certificate;
let second: Certificate;

beforeAll(() => {
  authority = new TestAuthority();
  first = authority.issue('DNS:first.test', 10);
  second = authority.issue('DNS:second.test', 100);
});
afterAll(() => authority.remove());

function folderWith(name: string, from: Certificate): Certificate {
  const folder = join(authority.folder, name);
  mkdirSync(folder);
  return copyInto(folder, from);
}

function copyInto(folder: string, from: Certificate): Certificate {
  const copy = { certificate: join(folder, 'tls.crt'), privateKey: join(folder, 'tls.key') };
  copyFileSync(from.certificate, copy.certificate);
  copyFileSync(from.privateKey, copy.privateKey);
  return copy;
}

async function started(files: Certificate, clock = new SystemClock()) {
  const log = new MemoryLog();
  const changed = vi.fn();
  const tls = new TlsFiles({ ...files, caList: authority.caList }, clock, log);
  onTestFinished(() => tls.stop());
  await tls.start(changed);
  return { tls, log, changed };
}

describe('TlsFiles', () => {
  it('tells how many days the certificate is still good for', async () => {
    const { tls } = await started(first);
    expect(tls.daysToExpiry).toBeGreaterThan(9.9);
    expect(tls.daysToExpiry).toBeLessThan(10.1);
  });

  it('takes a renewed pair into use', async () => {
    const files = folderWith('renewed', first);
    const { tls, changed } = await started(files);
    copyInto(join(authority.folder, 'renewed'), second);
    await vi.waitFor(() => expect(changed).toHaveBeenCalled(), 20_000);
    expect(tls.daysToExpiry).toBeGreaterThan(99);
  });

  it.each<[string, string, string]>([
    ['what is no certificate', 'junk\n', 'holds no certificate in PEM format'],
    ['nothing', '', 'holds no certificate in PEM format'],
    ['a damaged one', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', "can't be read"],
  ])('does not take %s for authorities, neither at the start nor later', async (_, text, problem) => {
    const log = new MemoryLog();
    const caList = join(authority.folder, 'authorities.pem');
    copyFileSync(authority.caList, caList);
    const tls = new TlsFiles({ ...first, caList }, new SystemClock(), log);
    onTestFinished(() => tls.stop());
    await tls.start(() => {});
    const { material } = tls;
    writeFileSync(caList, text);
    await vi.waitFor(() => expect(log.messages('warn')).toHaveLength(1), 20_000);
    expect(JSON.stringify(log.lines.at(-1))).toContain(problem);
    expect(tls.material).toBe(material);
    const next = new TlsFiles({ ...first, caList }, new SystemClock(), log);
    await expect(next.start(() => {})).rejects.toThrow(problem);
  });

  it('sees the symlink swap by which Kubernetes renews a mounted Secret', async () => {
    const mount = join(authority.folder, 'mount');
    mkdirSync(join(mount, '..v1'), { recursive: true });
    mkdirSync(join(mount, '..v2'));
    copyInto(join(mount, '..v1'), first);
    copyInto(join(mount, '..v2'), second);
    symlinkSync('..v1', join(mount, '..data'));
    symlinkSync('..data/tls.crt', join(mount, 'tls.crt'));
    symlinkSync('..data/tls.key', join(mount, 'tls.key'));
    const { tls, changed } = await started({
      certificate: join(mount, 'tls.crt'),
      privateKey: join(mount, 'tls.key'),
    });
    symlinkSync('..v2', join(mount, '..data_tmp'));
    renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
    await vi.waitFor(() => expect(changed).toHaveBeenCalled(), 20_000);
    expect(tls.daysToExpiry).toBeGreaterThan(99);
  });

  it('keeps the old pair when the new one does not fit together, and says so', async () => {
    const files = folderWith('broken', first);
    const { tls, log, changed } = await started(files);
    const before = tls.material;
    copyFileSync(second.certificate, files.certificate);
    await vi.waitFor(() => expect(log.messages('warn')).toHaveLength(1), 20_000);
    expect(tls.material).toBe(before);
    expect(changed).not.toHaveBeenCalled();
  });

  it('sees by its slow poll what the watch has missed', async () => {
    const files = folderWith('polled', first);
    const clock = new FakeClock();
    const { changed } = await started(files, clock);
    copyInto(join(authority.folder, 'polled'), second);
    clock.advance(30_000);
    await vi.waitFor(() => expect(changed).toHaveBeenCalled(), 20_000);
  });

  it.each([
    [
      'a missing file',
      () => ({ ...first, certificate: '/nonexistent/tls.crt' }),
      '/nonexistent/tls.crt does not exist',
    ],
    ['a key of another certificate', () => ({ ...first, privateKey: second.privateKey }), 'is not the key of'],
    [
      'a file that is no certificate',
      () => {
        const certificate = join(authority.folder, 'garbage.pem');
        writeFileSync(certificate, 'not a certificate');
        return { ...first, certificate };
      },
      'garbage.pem holds no certificate in PEM format',
    ],
    [
      'a certificate in the place of a key',
      () => ({ ...first, privateKey: first.certificate }),
      'holds no private key in PEM format',
    ],
  ])('refuses to start with %s, and says which it is', async (_what, files, words) => {
    const starting = started(files());
    await expect(starting).rejects.toBeInstanceOf(TlsFilesError);
    await expect(starting).rejects.toThrow(words);
  });

  it('watches nothing once it is stopped', async () => {
    const files = folderWith('stopped', first);
    const clock = new FakeClock();
    const { tls } = await started(files, clock);
    tls.stop();
    expect(clock.pending).toBe(0);
  });
});
