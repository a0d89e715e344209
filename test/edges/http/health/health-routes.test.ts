import { describe, expect, it } from 'vitest';
import type { Readiness } from '../../../../src/core/readiness.ts';
import { loopbackAddresses } from '../../../loopback.ts';
import { RunningHttp } from '../running-http.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);

const well: Readiness = {
  ready: true,
  checks: [
    { name: 'bus', result: 'ok', detail: '' },
    { name: 'kubernetes', result: 'note', detail: 'watching' },
  ],
};
const unwell: Readiness = {
  ready: false,
  checks: [...well.checks, { name: 'queues', result: 'failed', detail: 'calls loading' }],
};

describe('/livez', () => {
  it('says ok, whatever the node is at', async () => {
    await using http = await RunningHttp.start(nextAddress(), { readiness: () => unwell });
    const answer = await http.ask('/livez');
    expect(answer).toMatchObject({ status: 200, text: 'ok' });
    expect(answer.headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  });
});

describe('/readyz', () => {
  it('says ok, and with ?verbose what was looked at', async () => {
    await using http = await RunningHttp.start(nextAddress(), { readiness: () => well });
    expect(await http.ask('/readyz')).toMatchObject({ status: 200, text: 'ok' });
    const text = '[+]bus ok\n[i]kubernetes watching\nreadyz check passed\n';
    expect(await http.ask('/readyz?verbose')).toMatchObject({ status: 200, text });
  });

  it('says 503 and why', async () => {
    await using http = await RunningHttp.start(nextAddress(), { readiness: () => unwell });
    const text = '[+]bus ok\n[i]kubernetes watching\n[-]queues calls loading\nreadyz check failed\n';
    expect(await http.ask('/readyz')).toMatchObject({ status: 503, text });
    expect(await http.ask('/readyz?verbose=1')).toMatchObject({ status: 503, text });
  });

  it('asks the node each time', async () => {
    let now = unwell;
    await using http = await RunningHttp.start(nextAddress(), { readiness: () => now });
    expect((await http.ask('/readyz')).status).toBe(503);
    now = well;
    expect((await http.ask('/readyz')).status).toBe(200);
    expect((await http.ask('/readyz', { method: 'HEAD' })).text).toBe('');
  });
});
