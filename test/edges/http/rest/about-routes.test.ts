import { expect, it } from 'vitest';
import { loopbackAddresses } from '../../../loopback.ts';
import { RunningRest } from './running-rest.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);

it('says what answers', async () => {
  await using rest = await RunningRest.start(nextAddress());
  expect(await rest.get('/version')).toEqual({ name: 'kdmq', version: '1.2.3', runtime: process.version });
});

it('shows the configuration that it is given', async () => {
  await using rest = await RunningRest.start(nextAddress());
  expect(await rest.get('/config')).toEqual({ ping_interval: { value: 1, source: 'default' } });
});

it('shows what has been counted since the start', async () => {
  await using rest = await RunningRest.start(nextAddress());
  await rest.node.sendMessage('greetings', `sip:${nextAddress()}:5060`, 'hello', { deadlineMs: 100 });
  const { counters } = await rest.get<{ counters: unknown[] }>('/counters');
  expect(counters).toEqual(JSON.parse(JSON.stringify(rest.node.counters())));
  expect(counters).toContainEqual({ name: 'sip_requests_sent', reason: 'kdmq', value: expect.any(Number) });
});

it('says how the node stands', async () => {
  const host = nextAddress();
  await using rest = await RunningRest.start(host, { mqueue: { calls: {} } });
  await rest.node.joined();
  expect(await rest.get('/status')).toEqual({
    uri: `sip:${host}:5060`,
    instance: rest.node.status().instance,
    version: '1.2.3',
    uptimeMs: expect.any(Number),
    joined: true,
    stopping: false,
    ready: true,
    checks: rest.node.readiness().checks,
    nodes: { active: 1, not_active: 0, disabled: 0 },
    kubernetes: { state: 'off', detail: expect.any(String), leader: false, holder: '' },
    role: 'write',
    store: expect.any(String),
    queues: [{ name: 'calls', state: 'ready' }],
  });
});

it('says at once that the node stops', async () => {
  await using rest = await RunningRest.start(nextAddress());
  const stopped = rest.node.stop();
  expect(await rest.get('/status')).toMatchObject({ stopping: true, ready: false, nodes: { disabled: 1 } });
  await stopped;
});
