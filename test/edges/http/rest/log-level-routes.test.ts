import { describe, expect, it } from 'vitest';
import { loopbackAddresses } from '../../../loopback.ts';
import { problemIn, RunningRest } from './running-rest.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);

describe('the log level', () => {
  it('is shown, and changed for good or for some time', async () => {
    await using api = await RunningRest.start(nextAddress());
    expect(await api.get('/log-level')).toEqual({ level: 'info', setting: 'info' });
    const changed = await api.send('PUT', '/log-level', { level: 'debug' });
    expect(changed.json()).toEqual({ level: 'debug', setting: 'info' });
    expect(api.running.log.level).toBe('debug');
    const { until } = (await api.send('PUT', '/log-level', { level: 'error', for_s: 600 })).json<{ until: string }>();
    expect(Date.parse(until) - Date.now()).toBeGreaterThan(500_000);
    expect(await api.get('/log-level')).toEqual({ level: 'error', setting: 'info', until });
  });

  it.each<[object, string]>([
    [{ level: 'loud' }, '"level" must be one of debug, info, warn, error'],
    [{}, 'needs "level"'],
    [{ level: 'debug', for_s: 0 }, '"for_s" must be >= 1'],
    [{ level: 'debug', forS: 10 }, 'may not have "forS"'],
  ])('is not changed by %j', async (body, words) => {
    await using api = await RunningRest.start(nextAddress());
    const problem = problemIn(await api.send('PUT', '/log-level', body));
    expect(problem).toMatchObject({ status: 400, code: 'REQUEST_INVALID', detail: expect.stringContaining(words) });
    expect(await api.get('/log-level')).toEqual({ level: 'info', setting: 'info' });
  });
});
