import { describe, expect, it } from 'vitest';
import { TestAuthority } from '../../edges/sip/certificates.ts';
import { loopbackAddresses } from '../../loopback.ts';
import { machineHas } from '../../machine.ts';
import { startNode } from '../../running-node.ts';
import { sees } from '../../waiting.ts';
import { runCommand } from '../run-command.ts';

const address = await loopbackAddresses(import.meta.filename);

/** What is printed, with the times taken out. */
const withoutTimes = (text: string): string => text.replaceAll(/[\d.]+ ms/g, 'N ms').replaceAll(/[\d.]+ on/g, 'N on');

const flagsOf = (settings: Readonly<Record<string, string>>): string[] =>
  Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);

describe('kdmq ping', { timeout: 60_000 }, () => {
  it('says what answers, after how long, and whom it knows', async () => {
    await using one = await startNode({ server_address: `sip:${address()}:5060` });
    await using two = await startNode({ server_address: `sip:${address()}:5060`, notification_address: one.uri });
    await sees(one, [two.uri]);
    const { code, output, errors } = await runCommand(['ping', one.uri]);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    const [head, knows, ...list] = withoutTimes(output).trimEnd().split('\n');
    expect(head).toMatch(new RegExp(`^${one.uri} answers 200 OK after N ms: kdmq/[0-9.]+$`));
    expect(knows).toBe('  It knows 2 nodes:');
    expect(list.map((line) => line.trim()).sort()).toEqual([`${one.uri}  active`, `${two.uri}  active`].sort());
  });

  it('is in nobody’s list afterwards, and nobody looks for it', async () => {
    await using one = await startNode({ server_address: `sip:${address()}:5060` });
    expect((await runCommand(['ping', one.uri, '--count', '3', '--interval', '50ms'])).code).toBe(0);
    expect(one.others()).toEqual({});
    expect(one.events).toEqual([]);
    expect(one.counter('sip_requests_sent')).toBe(0);
  });

  it('asks several times and adds up', async () => {
    await using one = await startNode({ server_address: `sip:${address()}:5060` });
    const { output } = await runCommand(['ping', one.uri, '-n', '3', '-i', '0.05']);
    const lines = withoutTimes(output).trimEnd().split('\n');
    expect(lines.filter((line) => line.includes('answers 200'))).toHaveLength(3);
    expect(lines.filter((line) => line.includes('It knows'))).toHaveLength(1);
    expect(lines.at(-1)).toMatch(/: 3 questions, 3 answers, after N ms at least, N on average, [\d.]+ at most$/);
  });

  it('speaks TCP, and prints JSON for programs', async () => {
    const uri = `sip:${address()}:5060;transport=tcp`;
    await using one = await startNode({ server_address: uri });
    const { code, output } = await runCommand(['ping', uri, '-o', 'json']);
    expect(code).toBe(0);
    const trip = expect.any(Number);
    expect(JSON.parse(output)).toEqual({
      target: uri,
      nodes: [
        {
          uri,
          sent: 1,
          answered: 1,
          code: 200,
          reason: 'OK',
          software: one.node.nodes()[0]!.software,
          kind: 'kdmq',
          failure: null,
          roundTripMs: { least: trip, mean: trip, most: trip },
          nodes: [{ uri, status: 'active' }],
        },
      ],
    });
  });

  it.skipIf(!machineHas('openssl'))('speaks TLS with the certificate of a node', async () => {
    const host = address();
    const authority = new TestAuthority();
    const { certificate, privateKey } = authority.issue('DNS:node.test');
    const settings = {
      tls_certificate: certificate,
      tls_private_key: privateKey,
      tls_ca_list: authority.caList,
      tls_server_name: 'node.test',
    };
    const uri = `sip:${host}:5061;transport=tls`;
    await using _ = await startNode({ server_address: uri, ...settings });
    expect(await runCommand(['ping', uri, ...flagsOf(settings)])).toMatchObject({
      code: 0,
      output: expect.stringContaining(`${uri} answers 200 OK`),
    });
    expect(await runCommand(['ping', uri])).toMatchObject({
      code: 78,
      errors: expect.stringContaining('give --tls-certificate and --tls-private-key'),
    });
    const missing = { ...settings, tls_ca_list: '/none' };
    expect(await runCommand(['ping', uri, ...flagsOf(missing)])).toMatchObject({
      code: 78,
      errors: expect.stringMatching(
        /: \/none does not exist \(--tls-certificate, --tls-private-key, --tls-ca-list\)$/m,
      ),
    });
    const stranger = new TestAuthority('stranger');
    const { certificate: theirs, privateKey: key } = stranger.issue('DNS:node.test');
    const others = { ...settings, tls_certificate: theirs, tls_private_key: key };
    expect(await runCommand(['ping', uri, ...flagsOf(others)])).toMatchObject({
      code: 69,
      output: expect.stringContaining('have to be of an authority that it trusts (its tls_ca_list)'),
    });
    expect(await runCommand(['ping', uri.replace('=tls', '=tcp')])).toMatchObject({
      code: 69,
      output: expect.stringContaining('or it is TLS (;transport=tls)'),
    });
    stranger.remove();
    authority.remove();
  });

  it('asks every address of a name', async () => {
    await using one = await startNode({ server_address: 'sip:127.0.0.1:15971' });
    const { code, output } = await runCommand(['ping', 'sip:localhost:15971', '-o', 'json', '--timeout', '0.2']);
    const { nodes } = JSON.parse(output) as { nodes: { uri: string; code: number | null }[] };
    expect(nodes.find(({ uri }) => uri === one.uri)).toMatchObject({ code: 200 });
    expect(code).toBe(nodes.length === 1 ? 0 : 69);
  });

  it('ends with 69 where nobody answers, and says what to look at', async () => {
    const silent = `sip:${address()}:5060`;
    const udp = await runCommand(['ping', silent, '--timeout', '0.3']);
    expect(udp).toEqual({
      code: 69,
      output: expect.stringContaining('does a firewall or a NetworkPolicy let UDP port 5060 through?'),
      errors: '',
    });
    const tcp = await runCommand(['ping', `${silent};transport=tcp`, '-o', 'json']);
    expect(tcp.code).toBe(69);
    expect(JSON.parse(tcp.output)).toMatchObject({
      nodes: [{ answered: 0, code: null, failure: 'unreachable', roundTripMs: null }],
    });
  });

  it('explains an answer that is no 200', async () => {
    await using one = await startNode({ server_address: `sip:${address()}:5060` });
    const channel = await runCommand(['ping', one.uri, '--notification-channel', 'nodes']);
    expect(channel).toMatchObject({
      code: 69,
      output: expect.stringContaining('It has no channel nodes: the bus may have another one'),
    });
    await using closed = await startNode({ server_address: `sip:${address()}:5060`, admission: 'known' });
    expect((await runCommand(['ping', closed.uri])).output).toContain('its setting admission says whom it answers');
  });

  it.each([
    ['10.0.0.1:5060', 'does not begin with "sip:"'],
    ['sip:10.0.0.1;transport=sctp', 'has the transport "sctp"'],
    ['sip:a sip:b', 'is several addresses'],
  ])('ends with 2 for %s', async (target, words) => {
    expect(await runCommand(['ping', target])).toEqual({ code: 2, output: '', errors: expect.stringContaining(words) });
  });

  it.each([
    ['--count', '0'],
    ['--interval', '-1'],
    ['--timeout', '2min'],
  ])('ends with 2 for %s %s', async (flag, value) => {
    const { code, errors } = await runCommand(['ping', 'sip:127.0.0.1', flag, value]);
    expect(code).toBe(2);
    expect(errors).toMatch(/It has to be a (whole number|time as 30s, 10m or 2h,) from|argument missing/);
  });
});
