import process from 'node:process';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DmqNodeContent, DmqNodeStatus } from '../../../src/core/kubernetes/dmq-node.ts';
import type { LeaseContent } from '../../../src/core/kubernetes/lease-record.ts';
import { WriterThread } from '../../../src/edges/kubernetes/writer-thread.ts';
import { SystemClock } from '../../../src/edges/system/system-clock.ts';
import { ApiServer, type SeenRequest } from './api-server.ts';

const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const nodes = '/apis/kdmq.dev/v1alpha1/namespaces/default/dmqnodes';
const events = '/apis/events.k8s.io/v1/namespaces/default/events';
const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'kdmq', uid: 'set-1' };
const lease: LeaseContent = {
  holder: 'kdmq-0_x',
  durationMs: 3_000,
  acquiredAt: Date.UTC(2026, 0, 1),
  renewedAt: Date.UTC(2026, 0, 1, 0, 0, 1),
  transitions: 2,
  owner,
};
const node: DmqNodeContent = {
  name: 'kdmq-0',
  address: { host: '10.0.0.2', port: 5060, transport: 'udp' },
  kind: 'pod',
  bus: 'kdmq',
  owner,
};
const status: DmqNodeStatus = {
  phase: 'active',
  seenBy: '3/3',
  activeFor: 3,
  observers: 3,
  version: 'kdmq/0.1.0',
  lastSeen: undefined,
  conditions: [],
  observedGeneration: 1,
};

let server: ApiServer;
let writer: WriterThread;
const last = (): SeenRequest => server.requests.at(-1)!;

const newWriter = (): WriterThread => {
  const { pathPrefix } = server;
  return new WriterThread(
    { namespace: 'default', leaseName: 'kdmq', pathPrefix, instance: 'kdmq-0' },
    new SystemClock(),
  );
};

// The library takes seconds to load on a busy machine: one thread serves all tests.
beforeAll(async () => {
  server = await new ApiServer().start();
  Object.assign(process.env, server.environment);
  writer = newWriter();
});
afterEach(() => {
  server.refuse = () => undefined;
  server.giveToken('first');
  server.clear();
});
afterAll(async () => {
  await writer.close();
  for (const name of Object.keys(server.environment)) delete process.env[name];
  await server.stop();
});

describe('the Lease', () => {
  it('is made, and replaced by who knows its version only', async () => {
    const version = await writer.createLease(lease);
    expect(last().token).toBe('first');
    expect(server.get(leases, 'kdmq')).toMatchObject({
      metadata: { ownerReferences: [{ ...owner, controller: false, blockOwnerDeletion: false }] },
      spec: {
        holderIdentity: 'kdmq-0_x',
        leaseDurationSeconds: 3,
        acquireTime: '2026-01-01T00:00:00.000000Z',
        renewTime: '2026-01-01T00:00:01.000000Z',
        leaseTransitions: 2,
      },
    });
    await expect(writer.createLease(lease)).rejects.toMatchObject({ code: 'EXISTS' });
    const next = await writer.replaceLease(lease, version);
    expect(next).not.toBe(version);
    await expect(writer.replaceLease(lease, version)).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('a DmqNode', () => {
  it('is applied with its label and owner, its status by two managers', async () => {
    await expect(writer.applyStatus('kdmq-0', status)).rejects.toMatchObject({ code: 'ABSENT' });
    await writer.applyNode(node);
    expect(last()).toMatchObject({
      method: 'PATCH',
      path: `${nodes}/kdmq-0`,
      contentType: 'application/apply-patch+yaml',
    });
    expect(Object.fromEntries(last().query)).toEqual({ fieldManager: 'kdmq', force: 'true' });
    expect(server.get(nodes, 'kdmq-0')).toMatchObject({
      apiVersion: 'kdmq.dev/v1alpha1',
      kind: 'DmqNode',
      metadata: { labels: { 'kdmq.dev/observed': 'true' }, ownerReferences: [{ uid: 'set-1' }] },
      spec: { address: 'sip:10.0.0.2:5060', kind: 'pod', bus: 'kdmq' },
    });
    await writer.applyStatus('kdmq-0', status);
    expect(last()).toMatchObject({
      path: `${nodes}/kdmq-0/status`,
      body: { status: { phase: 'active', seenBy: '3/3' } },
    });
    const view = {
      instance: 'i',
      software: 's',
      active: ['sip:10.0.0.2:5060'],
      suspected: [],
      notActive: [],
      time: 't',
    };
    await writer.applyView('kdmq-0', view);
    expect(last().query.get('fieldManager')).toBe('kdmq-view');
    expect(last().body).toMatchObject({ status: { view } });
    await writer.deleteNode('kdmq-0', 'uid-1');
    expect(last()).toMatchObject({ method: 'DELETE', body: { preconditions: { uid: 'uid-1' } } });
  });
});

describe('an Event', () => {
  it('is written about a pod or a DmqNode, and counted on', async () => {
    const subject = { kind: 'DmqNode', name: 'kdmq-0', uid: 'uid-1' } as const;
    const event = {
      reason: 'Joined',
      type: 'Normal',
      note: 'sip:10.0.0.2:5060 takes part in the bus',
      subject,
    } as const;
    expect(await writer.createEvent({ ...event, time: Date.UTC(2026, 0, 1) })).toBe('made-1');
    expect(last()).toMatchObject({
      method: 'POST',
      path: events,
      body: {
        metadata: { generateName: 'kdmq-0-' },
        eventTime: '2026-01-01T00:00:00.000000Z',
        reportingController: 'kdmq.dev/kdmq',
        reportingInstance: 'kdmq-0',
        action: 'Joined',
        regarding: {
          apiVersion: 'kdmq.dev/v1alpha1',
          kind: 'DmqNode',
          name: 'kdmq-0',
          uid: 'uid-1',
          namespace: 'default',
        },
      },
    });
    await writer.repeatEvent('made-1', 2, Date.UTC(2026, 0, 1, 0, 0, 5));
    expect(last()).toMatchObject({
      path: `${events}/made-1`,
      contentType: 'application/merge-patch+json',
      body: { series: { count: 2, lastObservedTime: '2026-01-01T00:00:05.000000Z' } },
    });
  });
});

describe('a writer', () => {
  it('reads the token anew after 401', async () => {
    await writer.createLease(lease);
    server.refuse = ({ token }) => (token === 'second' ? undefined : { status: 401 });
    server.giveToken('second');
    await expect(writer.applyNode(node)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    await writer.applyNode(node);
    expect(last().token).toBe('second');
  });

  it.each([
    [403, 'FORBIDDEN'],
    [429, 'THROTTLED'],
    [503, 'UNREACHABLE'],
    [422, 'REFUSED'],
  ] as const)('says what %i means, and never its token', async (code, meaning) => {
    server.refuse = () => ({ status: code, reason: 'Why', headers: { 'retry-after': '3' } });
    const error: unknown = await writer.applyNode(node).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ name: 'ClusterError', code: meaning, retryAfterMs: 3_000 });
    expect(String(error)).toMatch(new RegExp(`apply DmqNode kdmq-0: ${code} refused: Why$`));
  });

  it('gives up on a server that does not answer after 2 s, and uses a new connection then', async () => {
    await writer.createLease(lease);
    server.dead = true;
    const since = performance.now();
    await expect(writer.applyNode(node)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(performance.now() - since).toBeLessThan(2_500);
    server.dead = false;
    await vi.waitFor(() => writer.applyNode(node), { timeout: 6_000 });
  });

  it('writes on one connection', async () => {
    await writer.createLease(lease);
    const before = server.connections;
    for (let count = 0; count < 10; count++) await writer.applyNode(node);
    expect(server.connections - before).toBeLessThanOrEqual(1);
  });

  it('does not hold up the event loop while the library loads, and writes nothing once it is closed', async () => {
    let longest = 0;
    let at = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - at);
      at = performance.now();
    }, 5);
    const other = newWriter();
    await other.createLease(lease);
    clearInterval(timer);
    expect(longest).toBeLessThan(250);

    await other.close();
    await expect(other.applyNode(node)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});
