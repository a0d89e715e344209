import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { machineHas } from '../machine.ts';
import { CHART, helm, type Manifest, node, only, render } from './helm.ts';

const containerOf = (objects: readonly Manifest[]) => node(objects).statefulSet.spec.template.spec.containers[0];
const checksumOf = (objects: readonly Manifest[]) =>
  node(objects).statefulSet.spec.template.metadata.annotations['kdmq.dev/settings'];
const idOf = ({ kind, metadata: { name, namespace } }: Manifest) => `${kind} ${namespace}/${name}`;

describe.skipIf(!machineHas('helm'))('the chart', () => {
  it('makes a StatefulSet whose pods need no order, found before they are ready', async () => {
    const objects = await render();
    expect(node(objects).statefulSet.spec).toMatchObject({
      replicas: 3,
      podManagementPolicy: 'Parallel',
      serviceName: 'kdmq-headless',
    });
    expect(only(objects, 'Service', 'kdmq-headless').spec).toMatchObject({
      clusterIP: 'None',
      publishNotReadyAddresses: true,
    });
  });

  it('lets DNS have SRV records for UDP, TCP and TLS', async () => {
    const objects = await render({ tls: { enabled: true, existingSecret: 'certificate' } });
    const headless = objects.filter(({ kind, spec }) => kind === 'Service' && spec.clusterIP === 'None');
    const records = headless.flatMap(({ metadata, spec }) =>
      spec.ports.map(({ name, protocol }: { name: string; protocol: string }) =>
        [`_${name}`, `_${protocol.toLowerCase()}`, metadata.name].join('.'),
      ),
    );
    expect(records).toEqual(
      expect.arrayContaining(['_sip._udp.kdmq-headless', '_sip._tcp.kdmq-headless-tcp', '_sips._tcp.kdmq-headless']),
    );
  });

  it('asks /livez whether to restart a pod, /readyz whether to send to it, on the port of HTTP', async () => {
    const container = containerOf(await render({ http: { port: 9090 } }));
    const probe = (path: string) => ({ httpGet: { path, port: 'http', scheme: 'HTTP' } });
    expect(container).toMatchObject({
      startupProbe: probe('/livez'),
      livenessProbe: probe('/livez'),
      readinessProbe: probe('/readyz'),
      ports: expect.arrayContaining([{ name: 'http', containerPort: 9090, protocol: 'TCP' }]),
    });
  });

  it('makes tokens of its own, each another one', async () => {
    const tokens = await Promise.all([render(), render()]).then((releases) =>
      releases.flatMap((objects) => Object.values<string>(only(objects, 'Secret', 'kdmq-http').data)),
    );
    expect(new Set(tokens).size).toBe(4);
    for (const token of tokens) expect(Buffer.from(token, 'base64').toString()).toMatch(/^[A-Za-z0-9]{40}$/);
  });

  it('asks over HTTPS where HTTP is HTTPS', async () => {
    const container = containerOf(await render({ http: { tls: { existingSecret: 'https' } } }));
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      expect(container[probe].httpGet.scheme).toBe('HTTPS');
    }
  });

  it('lets kubectl exec use the command without a flag, where there is a token', async () => {
    const variables = async (values: object) =>
      containerOf(await render(values))
        .env.filter(({ name }: { name: string }) => /^KDMQ_(URL|TOKEN_FILE)$/.test(name))
        .map(({ name, value }: { name: string; value: string }) => `${name}=${value}`);
    expect(await variables({})).toEqual(['KDMQ_TOKEN_FILE=/etc/kdmq-http/write-token']);
    const look = { existingSecret: 'tokens', readTokenKey: 'look', writeTokenKey: '' };
    expect(await variables({ http: { ...look, port: 9090, tls: { existingSecret: 'https' } } })).toEqual([
      'KDMQ_URL=https://localhost:9090',
      'KDMQ_TOKEN_FILE=/etc/kdmq-http/look',
    ]);
    expect(await variables({ http: { generateTokens: false, access: 'open' } })).toEqual([]);
  });

  it('restarts the pods when a setting changes, and not when the number of nodes does', async () => {
    const [before, more, other] = await Promise.all(
      [{}, { replicaCount: 5 }, { config: { ping_interval: 5 } }].map((values) => render(values).then(checksumOf)),
    );
    expect(more).toBe(before);
    expect(other).not.toBe(before);
  });

  it('leaves the number of nodes to the autoscaler', async () => {
    const { spec } = node(await render({ autoscaling: { enabled: true } })).statefulSet;
    expect(spec).not.toHaveProperty('replicas');
  });

  it('lets the nodes review tokens where that is wanted, and gives them no other right of the cluster', async () => {
    const ofCluster = (objects: readonly Manifest[]) => objects.filter(({ kind }) => kind.startsWith('Cluster'));
    expect(ofCluster(await render())).toEqual([]);
    const http = { tokenReview: { enabled: true, read: ['user:alice'] } };
    const [role, binding, ...more] = ofCluster(await render({ http, controller: { enabled: false } }));
    expect(role?.rules).toEqual([
      { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
    ]);
    expect(binding?.roleRef.name).toBe(role?.metadata.name);
    expect(binding?.subjects).toEqual([{ kind: 'ServiceAccount', name: 'kdmq', namespace: 'demo' }]);
    expect([role, binding].map((object) => object?.metadata.namespace)).toEqual([undefined, undefined]);
    expect(more).toEqual([]);
    expect(ofCluster(await render({ http, rbac: { create: false } }))).toEqual([]);
  });

  it('gives every release a name of its own for what belongs to no namespace', async () => {
    const values = { http: { tokenReview: { enabled: true, read: ['user:alice'] } } };
    const releases = await Promise.all([
      render(values, 'kdmq', 'a'),
      render(values, 'kdmq', 'b'),
      render(values, 'c', 'a'),
    ]);
    const names = releases.map((objects) => objects.find(({ kind }) => kind === 'ClusterRole')?.metadata.name);
    expect(new Set(names).size).toBe(3);
  });

  it('mounts the token of the service account for reviews, without the controller too', async () => {
    const mounted = async (values: object) => node(await render(values)).statefulSet.spec.template.spec;
    const controller = { enabled: false };
    const http = { tokenReview: { enabled: true, read: ['user:alice'] } };
    expect((await mounted({ controller })).automountServiceAccountToken).toBe(false);
    expect((await mounted({ controller, http })).automountServiceAccountToken).toBe(true);
  });

  it('gives the rights that docs/controller.md names, and no others', async () => {
    const { rules } = only(await render(), 'Role', 'kdmq');
    const given = rules.map(({ apiGroups: [group], resources: [resource], resourceNames, verbs }: RoleRule) => {
      const ofGroup = group === '' ? '' : ` (${group})`;
      const named = resourceNames === undefined ? '' : ' named `lease_name`';
      return [`${resource === 'dmqnodes/status' ? resource : resource + (named || ofGroup)}`, verbs.join(', ')];
    });
    const page = readFileSync(join(import.meta.dirname, '../../docs/controller.md'), 'utf8');
    const table = page.slice(page.indexOf('## Rights')).split('\n## ')[0] ?? '';
    const documented = [...table.matchAll(/^\| (.+?) +\| (.+?) +\|/gm)].map(([, ...cells]) => cells).slice(2);
    expect(given.sort()).toEqual(documented.sort());
  });

  it('mounts no token of a service account where the controller is off', async () => {
    const objects = await render({ controller: { enabled: false } });
    expect(node(objects).statefulSet.spec.template.spec.automountServiceAccountToken).toBe(false);
    expect(objects.map(({ kind }) => kind)).not.toContain('Role');
  });

  it('keeps to the restricted profile, Redis too', async () => {
    const sets = (await render({ redis: { enabled: true } })).filter(({ kind }) => kind === 'StatefulSet');
    expect(sets).toHaveLength(2);
    for (const { spec } of sets) {
      expect(spec.template.spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(spec.template.spec.containers[0].securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it('waits before the stop only where the user wants it', async () => {
    expect(containerOf(await render())).not.toHaveProperty('lifecycle');
    expect(containerOf(await render({ preStopSleepSeconds: 3 })).lifecycle).toEqual({
      preStop: { sleep: { seconds: 3 } },
    });
  });

  it('takes the label or annotation of one kind of object before that of all', async () => {
    const objects = await render({
      commonLabels: { team: 'all', release: 'all' },
      commonAnnotations: { 'kubectl.kubernetes.io/default-container': 'all', contact: 'all' },
      podLabels: { team: 'pods' },
      podAnnotations: { 'kubectl.kubernetes.io/default-container': 'beside', contact: 'pods' },
      serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
    });
    const { template } = node(objects).statefulSet.spec;
    expect(template.metadata.labels).toMatchObject({ team: 'pods', release: 'all', 'kdmq.dev/bus': 'kdmq' });
    expect(template.metadata.annotations).toMatchObject({
      'kubectl.kubernetes.io/default-container': 'beside',
      contact: 'pods',
    });
    const { metadata } = only(objects, 'ServiceMonitor', 'kdmq');
    expect(metadata.labels).toMatchObject({ team: 'all', release: 'prometheus' });
  });

  it('takes a key without a value for one that is not there', async () => {
    const empty = { commonLabels: null, commonAnnotations: null, podLabels: null, podAnnotations: null };
    const more = { serviceMonitor: { enabled: true, labels: null }, service: { annotations: null }, env: null };
    const settingsOf = (objects: Manifest[]) => node(objects).statefulSet.spec.template.metadata;
    expect(settingsOf(await render({ ...empty, ...more }))).toEqual(settingsOf(await render()));
  });

  it('asks cert-manager for all names that nodes look for in a certificate', async () => {
    const namesOf = async (tls: object) => {
      const certManager = { enabled: true, issuerRef: { name: 'ca' }, extraDnsNames: ['bus.example.org'] };
      const objects = await render({ tls: { enabled: true, certManager, ...tls } });
      return only(objects, 'Certificate', 'kdmq-tls').spec.dnsNames;
    };
    const headless = ['kdmq-headless.demo.svc.cluster.local', '*.kdmq-headless.demo.svc.cluster.local'];
    expect(await namesOf({})).toEqual([...headless, 'bus.example.org']);
    expect(await namesOf({ serverName: 'nodes.example.org' })).toEqual([
      ...headless,
      'nodes.example.org',
      'bus.example.org',
    ]);
    expect(await namesOf({ serverName: 'bus.example.org' })).toEqual([...headless, 'bus.example.org']);
  });

  it('lets two releases stand in one namespace, and one name in two', async () => {
    const [a, b, elsewhere] = await Promise.all([
      render({ redis: { enabled: true } }, 'kdmq'),
      render({ redis: { enabled: true } }, 'other'),
      render({ redis: { enabled: true } }, 'kdmq', 'voice'),
    ]);
    expect(a.map(idOf).filter((id) => b.map(idOf).includes(id))).toEqual([]);
    expect(a.map(idOf).filter((id) => elsewhere.map(idOf).includes(id))).toEqual([]);
    const selectors = [a, b].map((objects) => node(objects).statefulSet.spec.selector.matchLabels);
    expect(selectors[0]).not.toEqual(selectors[1]);
  });

  it('stays within the length of names, however long that of the release is', async () => {
    const objects = await render({ redis: { enabled: true } }, 'r'.repeat(53), 'demo');
    for (const { kind, metadata } of objects) {
      // A StatefulSet appends eleven characters to its name in a label; a service is one label of DNS.
      expect(metadata.name.length, `${kind} ${metadata.name}`).toBeLessThanOrEqual(kind === 'StatefulSet' ? 52 : 63);
    }
  });

  it('tells what to type next, and what gets lost', async () => {
    const notes = async (values: object) => {
      const args = ['install', 'bus', CHART, '--dry-run=client', '--namespace', 'demo', '--values', '-'];
      const { output } = await helm(args, { fullnameOverride: 'bus', ...values });
      return output.slice(output.indexOf('NOTES:'));
    };
    const plain = await notes({});
    expect(plain).toContain('kubectl --namespace demo get dmqnodes');
    expect(plain).toContain('modparam("dmq", "notification_address", "sip:bus-headless.demo.svc.cluster.local")');
    expect(plain).toContain('helm --namespace demo upgrade bus CHART --reset-then-reuse-values --set replicaCount=5');
    expect(await notes({ autoscaling: { enabled: true } })).not.toContain('replicaCount');
    expect(plain).not.toContain('WARNING');
    const tls = { enabled: true, existingSecret: 'certificate' };
    const tlsOnly = await notes({ tls: { ...tls, only: true } });
    expect(tlsOnly).toContain('"notification_address", "sip:bus-headless.demo.svc.cluster.local:5061;transport=tls")');
    expect(tlsOnly).toContain('certificate of the same authority\nwith the name bus-headless.demo.svc.cluster.local,');
    expect(await notes({ tls })).toContain('"notification_address", "sip:bus-headless.demo.svc.cluster.local")');
    const config = { mqueue: { calls: { durability: 'always' } } };
    expect(await notes({ config })).toContain('WARNING: there are queues, and what is in them ends with the pods');
    expect(await notes({ config, redis: { enabled: true } })).not.toContain('WARNING');
  });
});

interface RoleRule {
  readonly apiGroups: readonly [string];
  readonly resources: readonly [string];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}
