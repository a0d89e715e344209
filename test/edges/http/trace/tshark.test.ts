import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { requestText, tracedMessage } from '../../../core/trace/traced-message.ts';
import { loopbackAddresses } from '../../../loopback.ts';
import { machineHas } from '../../../machine.ts';
import { startNode } from '../../../running-node.ts';
import { RunningRest } from '../rest/running-rest.ts';
import { TraceClient } from './trace-client.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const folder = mkdtempSync(join(tmpdir(), 'kdmq-tshark-'));
afterAll(() => rmSync(folder, { recursive: true }));

function captureFile(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** What tshark says of the packets that the filter lets through: the fields of each. It checks every checksum. */
function tshark(file: string, filter: string, fields: readonly string[]): string[][] {
  const checks = ['ip', 'udp', 'tcp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`]);
  const args = ['-r', file, '-n', ...checks, '-Y', filter, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])];
  const output = execFileSync('tshark', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 60_000,
  });
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
}

const GOOD = '1';
const INBOUND = '0x00000001';
const OUTBOUND = '0x00000002';
const everything = 'frame';

/** A node, and the capture of what it exchanges while `work` runs. */
async function captured(work: (api: RunningRest) => Promise<void>): Promise<string> {
  await using api = await RunningRest.start(nextAddress());
  using client = await TraceClient.connect(`${api.http.server.url}/api/v1/trace`);
  await work(api);
  await api[Symbol.asyncDispose]();
  await expect.poll(() => client.ended, { timeout: 20_000 }).toBe(true);
  return captureFile(`${api.running.host}.pcapng`, client.bytes());
}

describe.skipIf(!machineHas('tshark'))('tshark reads a capture', { timeout: 120_000 }, () => {
  it('of datagrams and of streams, whole and without a complaint', async () => {
    const file = await captured(async ({ running }) => {
      await using other = await startNode({ server_address: `sip:${nextAddress()}:5060` });
      other.listen('greetings');
      for (const [body, more] of [
        ['hello', ''],
        ['y'.repeat(40_000), ';transport=tcp'],
        ['z', ';transport=tcp'],
      ]) {
        expect(await running.node.sendMessage('greetings', `${other.uri}${more}`, body!)).toMatchObject({ code: 202 });
      }
    });
    const sip = tshark(file, 'sip.CSeq.method == "KDMQ" && sip contains "greetings"', [
      'ip.proto',
      'sip.Method',
      'sip.Status-Code',
    ]).map((fields) => fields.join(' ').trim());
    // A datagram may be sent twice on a machine that is busy.
    expect([...new Set(sip)]).toEqual(['17 KDMQ', '17  202', '6 KDMQ', '6  202']);
    expect(sip.filter((line) => line.startsWith('6'))).toHaveLength(4);
    for (const [ip, udp, tcp] of tshark(file, everything, [
      'ip.checksum.status',
      'udp.checksum.status',
      'tcp.checksum.status',
    ])) {
      expect([ip, udp || tcp]).toEqual([GOOD, GOOD]);
    }
    expect(tshark(file, 'tcp.analysis.flags || _ws.malformed', ['frame.number'])).toEqual([]);
    const longest = tshark(file, 'sip.Content-Length == 40000', ['sip.Method', 'frame.packet_flags_direction']);
    expect(longest).toEqual([['KDMQ', OUTBOUND]]);
  });

  it('of IPv6 and of TLS, which is decrypted', async () => {
    const ends = { local: { address: 'fd00::1', port: 5061 }, remote: { address: 'fd00::2', port: 40_000 } };
    const file = await captured(async ({ running }) => {
      running.taps.take(tracedMessage({ ...ends, text: requestText }));
      running.taps.take(tracedMessage({ ...ends, transport: 'tls', text: requestText }));
    });
    const rows = tshark(file, 'ipv6', [
      'ipv6.src',
      'ipv6.dst',
      'udp.checksum.status',
      'tcp.checksum.status',
      'sip.Method',
      'frame.comment',
      'frame.packet_flags_direction',
    ]);
    expect(rows).toEqual([
      ['fd00::2', 'fd00::1', GOOD, '', 'KDMQ', '', INBOUND],
      ['fd00::2', 'fd00::1', '', GOOD, 'KDMQ', 'TLS, decrypted', INBOUND],
    ]);
  });
});

it.skipIf(!machineHas('tcpdump'))('tcpdump reads a capture', async () => {
  const file = await captured(async ({ running }) => {
    running.taps.take(tracedMessage({ text: requestText }));
    running.taps.take(tracedMessage({ transport: 'tcp', text: requestText, direction: 'sent' }));
  });
  const output = execFileSync('tcpdump', ['-r', file, '-n', '-vv'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(output).toContain('10.0.0.2.5070 > 10.0.0.1.5060');
  expect(output).toMatch(/10\.0\.0\.1\.5060 > 10\.0\.0\.2\.5070: .*cksum 0x[0-9a-f]{4} \(correct\)/);
  expect(output).not.toContain('incorrect');
});
