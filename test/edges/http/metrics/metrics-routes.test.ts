import { describe, expect, it } from 'vitest';
import { loopbackAddresses } from '../../../loopback.ts';
import { measured } from '../../../waiting.ts';
import { RunningHttp } from '../running-http.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const text = async () => '# HELP kdmq_ready Whether\n';

describe('/metrics', () => {
  it('is what Prometheus reads, open to all where the setting says so', async () => {
    const parts = { metrics: { text, need: 'open' }, access: { mode: 'unset' } } as const;
    await using http = await RunningHttp.start(nextAddress(), parts);
    const answer = await http.ask('/metrics');
    expect(answer).toMatchObject({ status: 200, text: await text() });
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('takes a token where the setting says so', async () => {
    const token = 'scraper-token-0123456789';
    const parts = {
      metrics: { text, need: 'read' },
      access: { mode: 'guarded' },
      sources: [{ role: 'read', token, file: undefined }],
    } as const;
    await using http = await RunningHttp.start(nextAddress(), parts);
    expect((await http.ask('/metrics')).status).toBe(401);
    expect((await http.ask('/metrics', { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
  });

  it('is made once for those who ask at the same time, and anew for the next', async () => {
    let scrapes = 0;
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const counted = async () => {
      scrapes += 1;
      await released;
      return `scrape ${scrapes}`;
    };
    let asked = 0;
    const parts = { metrics: { text: counted, need: 'open' } } as const;
    await using http = await RunningHttp.start(nextAddress(), parts, (app) => {
      app.addHook('preHandler', async () => {
        asked += 1;
      });
    });
    const both = [http.ask('/metrics'), http.ask('/metrics')];
    await measured(5_000, () => expect(asked).toBe(2));
    release();
    expect((await Promise.all(both)).map((answer) => answer.text)).toEqual(['scrape 1', 'scrape 1']);
    expect((await http.ask('/metrics')).text).toBe('scrape 2');
  });
});
