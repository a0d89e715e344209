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

  it('is made once for those who ask at the same time', async () => {
    let scrapes = 0;
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const counted = async () => {
      scrapes += 1;
      await released;
      return `scrape ${scrapes}`;
    };
    let asked = 0;
    const clock = { now: 0 };
    const parts = { metrics: { text: counted, need: 'open', now: () => clock.now } } as const;
    await using http = await RunningHttp.start(nextAddress(), parts, (app) => {
      app.addHook('preHandler', async () => {
        asked += 1;
      });
    });
    const both = [http.ask('/metrics')];
    await measured(5_000, () => expect(asked).toBe(1));
    clock.now = 5_000;
    both.push(http.ask('/metrics'));
    await measured(5_000, () => expect(asked).toBe(2));
    release();
    expect((await Promise.all(both)).map((answer) => answer.text)).toEqual(['scrape 1', 'scrape 1']);
  });

  it('is made anew when it is a second old, and not sooner', async () => {
    let scrapes = 0;
    const clock = { now: 0 };
    const counted = async () => {
      scrapes += 1;
      return `scrape ${scrapes}`;
    };
    const parts = { metrics: { text: counted, need: 'open', now: () => clock.now } } as const;
    await using http = await RunningHttp.start(nextAddress(), parts);
    const seen: string[] = [];
    for (const now of [0, 999, 1_000, 1_999, 2_500]) {
      clock.now = now;
      seen.push((await http.ask('/metrics')).text);
    }
    expect(seen).toEqual(['scrape 1', 'scrape 1', 'scrape 2', 'scrape 2', 'scrape 3']);
  });

  it('is tried again by the next one when it could not be made', async () => {
    let scrapes = 0;
    const failing = async () => {
      scrapes += 1;
      if (scrapes === 1) throw new Error('a test says so');
      return `scrape ${scrapes}`;
    };
    await using http = await RunningHttp.start(nextAddress(), { metrics: { text: failing, now: () => 0 } });
    expect((await http.ask('/metrics')).status).toBe(500);
    expect((await http.ask('/metrics')).text).toBe('scrape 2');
  });
});
