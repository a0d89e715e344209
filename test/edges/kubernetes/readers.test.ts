import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonLines } from '../../../src/edges/kubernetes/json-lines.ts';
import { readDeclaredNode, readDmqNode } from '../../../src/edges/kubernetes/read-dmq-node.ts';
import { readEndpointSlice } from '../../../src/edges/kubernetes/read-endpoint-slice.ts';
import { readLease } from '../../../src/edges/kubernetes/read-lease.ts';
import { readPod } from '../../../src/edges/kubernetes/read-pod.ts';

describe('a pod', () => {
  const pod = (spec: object, status: object, metadata: object = {}) =>
    readPod({ metadata: { uid: 'u', name: 'kdmq-0', ...metadata }, spec, status });

  it('is read with its addresses, ports, owner and the run of its container', () => {
    const ports = [
      { name: 'sip', containerPort: 5060, protocol: 'UDP' },
      { name: 'sip-tcp', containerPort: 5062, protocol: 'TCP' },
      { name: 'sips', containerPort: 5061, protocol: 'TCP' },
      { name: 'http', containerPort: 8080, protocol: 'TCP' },
    ];
    const state = { running: { startedAt: '2026-01-01T00:00:10Z' } };
    const lastState = { terminated: { finishedAt: '2026-01-01T00:00:09Z', exitCode: 137 } };
    const references = [
      { apiVersion: 'v1', kind: 'Other', name: 'o', uid: '1' },
      {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        name: 'kdmq',
        uid: '2',
        controller: true,
        blockOwnerDeletion: true,
      },
    ];
    expect(
      pod(
        { containers: [{ name: 'proxy' }, { name: 'kdmq', ports }], restartPolicy: 'Always' },
        {
          phase: 'Running',
          podIP: '10.0.0.2',
          podIPs: [{ ip: '10.0.0.2' }, { ip: 'FD00:0::2' }],
          conditions: [{ type: 'Ready', status: 'True' }],
          containerStatuses: [
            { name: 'proxy', containerID: 'p', state: { waiting: {} } },
            { name: 'kdmq', containerID: 'containerd://c2', state, lastState },
          ],
        },
        { ownerReferences: references },
      ),
    ).toEqual({
      uid: 'u',
      name: 'kdmq-0',
      ips: ['10.0.0.2', 'fd00::2'],
      hostNetwork: false,
      ports: [
        { transport: 'udp', port: 5060 },
        { transport: 'tcp', port: 5062 },
        { transport: 'tls', port: 5061 },
      ],
      phase: 'Running',
      ready: true,
      terminating: false,
      container: {
        id: 'containerd://c2',
        state: 'running',
        startedAt: Date.UTC(2026, 0, 1, 0, 0, 10),
        endedAt: Date.UTC(2026, 0, 1, 0, 0, 9),
      },
      restarts: true,
      owner: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'kdmq', uid: '2' },
    });
  });

  it.each([
    ['its annotation names', [{ name: 'kamailio' }], { 'kubectl.kubernetes.io/default-container': 'kamailio' }],
    ['has a SIP port', [{ name: 'log' }, { name: 'kamailio', ports: [{ name: 'sip', containerPort: 5070 }] }], {}],
    ['comes first, when nothing else tells', [], {}],
  ])('behind an injected sidecar is that of the container that %s', (_which, more, annotations) => {
    const containers = [{ name: 'proxy', ports: [{ name: 'metrics', containerPort: 9_090 }] }, ...more];
    const ended = { state: { terminated: { finishedAt: '2026-01-01T00:00:09Z' } } };
    const containerStatuses = [
      { name: 'proxy', containerID: 'proxy', state: { running: {} } },
      { name: 'kamailio', containerID: 'kamailio', ...ended },
    ];
    const read = pod({ containers }, { containerStatuses }, { annotations });
    expect(read?.container?.id).toBe(more.length > 0 ? 'kamailio' : 'proxy');
  });

  it.each(['OnFailure', 'Never'])('with restartPolicy %s runs no container again that ended well', (restartPolicy) => {
    expect(pod({ restartPolicy }, {})).toMatchObject({ restarts: false });
  });

  it('without a container called kdmq is that of its first one; what has not begun waits', () => {
    const containerStatuses = [{ name: 'kamailio', state: { terminated: { finishedAt: '2026-01-01T00:00:09Z' } } }];
    const read = pod({ containers: [{ name: 'kamailio' }], hostNetwork: true }, { containerStatuses });
    expect(read).toMatchObject({ hostNetwork: true, phase: 'Unknown', container: { id: '', state: 'terminated' } });
    expect(pod({ containers: [{ name: 'kamailio' }] }, {})?.container).toBeUndefined();
    expect(pod({}, { phase: 'Pending' }, { deletionTimestamp: '2026-01-01T00:00:09Z' })).toMatchObject({
      phase: 'Pending',
      terminating: true,
      ips: [],
    });
  });
});

it('an EndpointSlice is read with its named ports; only what is going down is left out', () => {
  const slice = {
    metadata: { name: 's' },
    ports: [{ name: 'sip', port: 5060, protocol: 'UDP' }],
    endpoints: [
      { addresses: ['10.0.0.2'], conditions: { ready: true, serving: false, terminating: false } },
      { addresses: ['fd00::3'], conditions: { ready: true, serving: true, terminating: true } },
      { addresses: ['-'] },
    ],
  };
  const ports = [{ transport: 'udp', port: 5060 }];
  expect(readEndpointSlice(slice)).toEqual({
    name: 's',
    endpoints: [
      { host: '10.0.0.2', ports, terminating: false },
      { host: 'fd00::3', ports, terminating: true },
    ],
  });
});

describe('a DmqNode', () => {
  const node = (address: string, labels = {}) =>
    readDmqNode({ metadata: { name: 'edge', uid: 'u', generation: 2, labels }, spec: { address, bus: 'kdmq' } });

  it('is declared without the label, observed with it', () => {
    expect(node('sip:192.0.2.1')).toMatchObject({
      observed: false,
      kind: 'external',
      bus: 'kdmq',
      generation: 2,
      address: { host: '192.0.2.1', port: 5060, transport: 'udp' },
      status: { conditions: [] },
      view: undefined,
    });
    expect(node('sips:[2001:db8::1]:5071', { 'kdmq.dev/observed': 'true' })).toMatchObject({
      observed: true,
      address: { host: '2001:db8::1', port: 5071, transport: 'tls' },
    });
  });

  it.each(['sip:kamailio.example.org', 'http://192.0.2.1', '', 'sip:192.0.2.1:99999'])(
    'with the address "%s" is none, and declared one that brings nobody in',
    (text) => {
      const metadata = { name: 'edge', uid: 'u', generation: 2 };
      expect(node(text)).toBeUndefined();
      expect(readDeclaredNode({ metadata, spec: { address: text, bus: 'kdmq' } })).toMatchObject({
        name: 'edge',
        generation: 2,
        bus: 'kdmq',
        address: undefined,
        written: text,
      });
    },
  );
});

it('a Lease that was just made, or given back, has no holder', () => {
  expect(readLease({ metadata: { resourceVersion: '7' }, spec: {} })).toEqual({
    version: '7',
    holder: '',
    durationMs: 0,
    acquiredAt: 0,
    transitions: 0,
  });
});

it('whatever the API says, reading it never throws', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (metadata, spec, status) => {
      const object = {
        metadata: typeof metadata === 'object' ? { uid: 'u', name: 'n', ...metadata } : metadata,
        spec,
        status,
      };
      for (const read of [readPod, readEndpointSlice, readDmqNode, readLease]) read(object);
      for (const read of [readPod, readEndpointSlice, readDmqNode, readLease]) read(metadata);
    }),
  );
});

describe('lines of JSON', () => {
  it('are put together however they were cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { minLength: 1 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 30 })),
        (values, sizes) => {
          const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
          const lines = new JsonLines();
          const read: unknown[] = [];
          for (let start = 0; start < bytes.length; ) {
            const end = start + (sizes.next().value ?? 1);
            read.push(...lines.push(bytes.subarray(start, end)));
            start = end;
          }
          expect(read).toEqual(JSON.parse(JSON.stringify(values)));
        },
      ),
    );
  });

  it('that never end are too long at 16 MiB', () => {
    const lines = new JsonLines();
    const part = Buffer.alloc(1_048_576, 0x20);
    for (let count = 0; count < 16; count++) lines.push(part);
    expect(() => lines.push(part)).toThrow(/longer than/);
  });
});
