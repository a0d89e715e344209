import { describe, expect, it } from 'vitest';
import { ReviewedTokens } from '../../../../src/edges/http/access/reviewed-tokens.ts';
import { MemoryCounters } from '../../../fakes/memory-counters.ts';
import { MemoryLog } from '../../../fakes/memory-log.ts';
import { MemoryTokenReviews } from '../../../fakes/memory-token-reviews.ts';
import { loopbackAddresses } from '../../../loopback.ts';
import { measured } from '../../../waiting.ts';
import { RunningHttp } from '../running-http.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const operator = { user: 'system:serviceaccount:voice:operator', groups: ['system:serviceaccounts:voice'] };
const viewer = { user: 'system:serviceaccount:voice:viewer', groups: ['system:serviceaccounts:voice'] };
const stranger = { user: 'eve', groups: ['system:authenticated'] };

/** HTTP whose tokens are reviewed, and a token of each: operator may write, the namespace may read. */
async function reviewedHttp(refusalLimit = 1_000, audience = 'kdmq') {
  const reviews = new MemoryTokenReviews();
  const clock = { now: 0 };
  const log = new MemoryLog();
  const counters = new MemoryCounters();
  reviews.give('token-of-operator', 'kdmq', operator);
  reviews.give('token-of-viewer', 'kdmq', viewer);
  reviews.give('token-of-stranger', 'kdmq', stranger);
  reviews.give('token-for-the-api', 'https://kubernetes.default.svc', operator);
  const named = {
    read: [{ kind: 'group', name: 'system:serviceaccounts:voice' }],
    write: [{ kind: 'user', name: operator.user }],
  } as const;
  const now = () => clock.now;
  const reviewed = new ReviewedTokens({ reviews, audience, named, now, log, counters });
  const http = await RunningHttp.start(
    nextAddress(),
    {
      access: { mode: 'guarded', refusalLimit, now },
      reviewed,
      sources: [{ role: 'read', token: 'token-of-a-file-0123', file: undefined }],
    },
    (app) => {
      app.get('/state', async ({ role }) => ({ role }));
      app.post('/change', async ({ role }) => ({ role }));
    },
  );
  const ask = (token: string, method = 'GET') =>
    http.ask(method === 'GET' ? '/state' : '/change', { method, headers: { authorization: `Bearer ${token}` } });
  return { reviews, clock, log, counters, http, ask, [Symbol.asyncDispose]: () => http[Symbol.asyncDispose]() };
}

describe('a token that Kubernetes knows', () => {
  it.each([
    ['token-of-operator', 'POST', 200, undefined],
    ['token-of-viewer', 'GET', 200, undefined],
    ['token-of-viewer', 'POST', 403, 'ROLE_NOT_ENOUGH'],
    ['token-of-stranger', 'GET', 403, 'TOKEN_WITHOUT_ROLE'],
    ['token-for-the-api', 'GET', 401, 'TOKEN_WRONG'],
    ['token-of-nobody', 'GET', 401, 'TOKEN_WRONG'],
    ['token-of-a-file-0123', 'GET', 200, undefined],
  ])('%s: %s is answered %i %s', async (token, method, status, code) => {
    await using world = await reviewedHttp();
    const answer = await world.ask(token, method);
    expect({ status: answer.status, code: answer.json<{ code?: string }>().code }).toEqual({ status, code });
  });

  it('has to be for an audience, which whoever shows another one is told', async () => {
    await using world = await reviewedHttp();
    const wrong = await world.ask('token-for-the-api');
    expect(wrong.json()).toMatchObject({
      code: 'TOKEN_WRONG',
      detail: expect.stringMatching(/for the audience kdmq: kubectl create token NAME --audience kdmq$/),
    });
    expect(wrong.headers['www-authenticate']).toBe(
      'Bearer realm="kdmq", error="invalid_token", error_description="a token of Kubernetes has to be made for the audience kdmq"',
    );
    const none = await world.http.ask('/state');
    expect(none.json()).toMatchObject({
      code: 'TOKEN_MISSING',
      detail: expect.stringMatching(/, or one of kubectl create token NAME --audience kdmq$/),
    });
    expect(none.headers['www-authenticate']).toBe('Bearer realm="kdmq"');
  });

  it('is told of an audience with quotes in it in a header that can be read', async () => {
    await using world = await reviewedHttp(1_000, 'a"b\\c');
    expect((await world.ask('token-for-the-api')).headers['www-authenticate']).toMatch(/audience a\\"b\\\\c"$/);
  });

  it('is reviewed once in ten seconds, a wrong one too', async () => {
    await using world = await reviewedHttp();
    for (const now of [0, 5_000, 9_999, 10_000]) {
      world.clock.now = now;
      for (const token of ['token-of-operator', 'token-of-nobody']) await world.ask(token);
    }
    const each = ['token-of-operator', 'token-of-nobody'];
    expect(world.reviews.asked).toEqual([...each, ...each]);
  });

  it('that is revoked opens nothing after ten seconds', async () => {
    await using world = await reviewedHttp();
    expect((await world.ask('token-of-operator')).status).toBe(200);
    world.reviews.revoke('token-of-operator');
    world.clock.now = 10_000;
    expect((await world.ask('token-of-operator')).status).toBe(401);
  });

  it('is reviewed once for all who send it at the same time', async () => {
    await using world = await reviewedHttp();
    const release = world.reviews.hold();
    const answers = [world.ask('token-of-operator'), world.ask('token-of-operator')];
    await measured(5_000, () => expect(world.reviews.asked.length).toBe(1));
    release();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
    expect(world.reviews.asked).toEqual(['token-of-operator']);
  });

  it('is nowhere in the log, and in no answer', async () => {
    await using world = await reviewedHttp();
    world.reviews.leave();
    const answer = await world.ask('token-of-operator');
    expect(JSON.stringify([answer, world.log.lines, world.http.log.lines])).not.toContain('token-of-operator');
  });

  it('of a file is never shown to Kubernetes', async () => {
    await using world = await reviewedHttp();
    await world.ask('token-of-a-file-0123');
    expect(world.reviews.asked).toEqual([]);
  });
});

describe('while the Kubernetes API is away', () => {
  it('a token that only it knows gets 503, said once in the log, and is tried again', async () => {
    await using world = await reviewedHttp();
    world.reviews.leave();
    for (let times = 0; times < 3; times++) {
      const answer = await world.ask('token-of-operator');
      expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
      expect(answer.json()).toMatchObject({ code: 'TOKEN_REVIEW_UNAVAILABLE' });
    }
    expect(world.log.lines.map(({ message }) => message)).toEqual([
      'http: the Kubernetes API can not be asked whose a token is',
    ]);
    expect(world.counters.value('http_token_reviews', 'unavailable')).toBe(3);
    world.reviews.away = undefined;
    expect((await world.ask('token-of-operator')).status).toBe(200);
  });

  it('tokens of files and what is open to all do without it', async () => {
    await using world = await reviewedHttp();
    world.reviews.forbid();
    expect((await world.ask('token-of-a-file-0123')).status).toBe(200);
    expect((await world.http.ask('/livez')).status).toBe(200);
    expect((await world.ask('token-of-nobody')).status).toBe(503);
  });
});

describe('reviews are bounded', () => {
  it('one more than 16 at the same time gets 503 at once', async () => {
    await using world = await reviewedHttp();
    const release = world.reviews.hold();
    const held = Array.from({ length: 16 }, (_, n) => world.ask(`token-of-nobody-${n}`));
    await measured(5_000, () => expect(world.reviews.asked.length).toBe(16));
    expect(await world.ask('token-of-operator')).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(world.counters.value('http_token_reviews', 'full')).toBe(1);
    release();
    expect((await Promise.all(held)).every(({ status }) => status === 401)).toBe(true);
    expect((await world.ask('token-of-operator')).status).toBe(200);
  });

  it('a client that was refused too often makes none, what was reviewed lately aside', async () => {
    await using world = await reviewedHttp(2);
    expect((await world.ask('token-of-operator')).status).toBe(200);
    for (let times = 0; times < 5; times++) await world.ask(`token-of-nobody-${times}`);
    expect(world.reviews.asked.length).toBe(3);
    expect((await world.ask('token-of-viewer')).status).toBe(429);
    expect((await world.ask('token-of-operator')).status).toBe(200);
  });

  it('verdicts on wrong tokens push out none on good ones', async () => {
    await using world = await reviewedHttp(10_000);
    await world.ask('token-of-operator');
    for (let wave = 0; wave < 101; wave++) {
      await Promise.all(Array.from({ length: 10 }, (_, n) => world.ask(`token-of-nobody-${wave}-${n}`)));
    }
    const asked = world.reviews.asked.length;
    await world.ask('token-of-operator');
    expect(world.reviews.asked.length).toBe(asked);
    await world.ask('token-of-nobody-0-0');
    expect(world.reviews.asked.length).toBe(asked + 1);
  });
});
