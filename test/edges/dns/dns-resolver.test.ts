import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUTHORITATIVE_ANSWER, encode } from 'dns-packet';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { formatNodeUri } from '../../../src/core/node-uri.ts';
import { DnsResolver } from '../../../src/edges/dns/dns-resolver.ts';
import { SystemClock } from '../../../src/edges/system/system-clock.ts';
import type { NotificationAddress } from '../../../src/ports/resolver.ts';
import { DnsServer } from '../../dns/dns-server.ts';
import type { ServicePod } from '../../dns/zone.ts';

const SERVICE = 'kdmq.default.svc.cluster.local';
const SIP = { name: 'sip', proto: 'udp', port: 5060 } as const;
const SEARCH = 'search default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n';

const to = (host: string, parts: Partial<NotificationAddress> = {}): NotificationAddress => ({
  host,
  port: undefined,
  transport: 'udp',
  ...parts,
});

const pods = (count: number, parts: Partial<ServicePod> = {}): ServicePod[] =>
  Array.from({ length: count }, (_, i) => ({
    pod: `kdmq-${i}`,
    addresses: [`10.1.${(i + 1) >> 8}.${(i + 1) & 255}`],
    ...parts,
  }));

describe('the DNS resolver', () => {
  let server: DnsServer;
  let second: DnsServer;
  let folder: string;
  let resolver: DnsResolver;

  beforeEach(async () => {
    server = new DnsServer();
    second = new DnsServer();
    await Promise.all([server.start(), second.start()]);
    folder = await mkdtemp(join(tmpdir(), 'kdmq-dns-'));
    resolver = new DnsResolver({
      clock: new SystemClock(),
      resolvConfPath: join(folder, 'resolv.conf'),
      hostsPath: join(folder, 'hosts'),
    });
    await useServers(SEARCH, server);
  });

  afterEach(async () => {
    resolver.close();
    await Promise.all([server.stop(), second.stop(), rm(folder, { recursive: true })]);
  });

  async function useServers(options: string, ...servers: DnsServer[]): Promise<void> {
    const lines = servers.map(({ address }) => `nameserver ${address}\n`);
    await writeFile(join(folder, 'resolv.conf'), options + lines.join(''));
  }

  /** The URIs found, sorted, and the errors. */
  async function resolve(address: NotificationAddress, { multi = true, deadlineMs = 20_000 } = {}) {
    const { nodes, errors } = await resolver.resolve(address, multi, AbortSignal.timeout(deadlineMs));
    return { nodes: nodes.map(formatNodeUri).sort(), errors };
  }

  /** What was asked, in order, repetitions left out: a slow machine makes the resolver ask again. */
  const asked = (name: RegExp) =>
    [...new Set(server.queries.map((query) => `${query.type} ${query.name}`))].filter((query) => name.test(query));

  describe('finds', () => {
    it('the pods of a headless service by its short name', async () => {
      server.zone.setHeadlessService(SERVICE, [
        { pod: 'kdmq-0', addresses: ['10.1.0.1'], ports: [SIP] },
        { pod: 'kdmq-1', addresses: ['10.1.0.2'], ports: [SIP] },
      ]);
      expect(await resolve(to('kdmq'))).toEqual({ nodes: ['sip:10.1.0.1:5060', 'sip:10.1.0.2:5060'], errors: [] });
      expect(server.count({ name: 'kdmq' })).toBe(0);
    });

    it('a pod once, with the port of its SRV record, though A and AAAA name it too', async () => {
      const ports = [
        { ...SIP, port: 5070 },
        { name: 'metrics', proto: 'tcp', port: 9090 },
      ] as const;
      server.zone.setHeadlessService(SERVICE, [{ pod: 'kdmq-0', addresses: ['10.1.0.1', 'fd00::1'], ports }]);
      const nodes = ['sip:10.1.0.1:5070', 'sip:[fd00::1]:5070'];
      expect(await resolve(to(SERVICE))).toEqual({ nodes, errors: [] });
    });

    it.each([
      ['tcp', 'sip', 'sip:10.1.0.1:5070;transport=tcp'],
      ['tcp', 'sip-tcp', 'sip:10.1.0.1:5070;transport=tcp'],
      ['tls', 'sips', 'sip:10.1.0.1:5070;transport=tls'],
      ['tls', 'sip-tls', 'sip:10.1.0.1:5070;transport=tls'],
    ] as const)('the %s port that is called %s', async (transport, name, expected) => {
      const ports = [{ name, proto: 'tcp', port: 5070 }, SIP] as const;
      server.zone.setHeadlessService(SERVICE, [{ pod: 'kdmq-0', addresses: ['10.1.0.1'], ports }]);
      expect(await resolve(to(SERVICE, { transport }))).toEqual({ nodes: [expected], errors: [] });
    });

    it('only what has the port of the URI', async () => {
      server.zone.setSrv('bus.example', [
        { port: 5070, target: 'a.example' },
        { port: 5080, target: 'b.example' },
      ]);
      server.zone.set('a.example', 'A', ['10.1.0.1']);
      server.zone.set('b.example', 'A', ['10.1.0.2']);
      expect(await resolve(to('bus.example', { port: 5080 }))).toEqual({ nodes: ['sip:10.1.0.2:5080'], errors: [] });
      expect(server.count({ name: 'a.example' })).toBe(0);
    });

    it('a name without SRV records, at the default port', async () => {
      server.zone.set('bus.example', 'A', ['10.1.0.1', '10.1.0.2']);
      const nodes = ['sip:10.1.0.1:5060', 'sip:10.1.0.2:5060'];
      expect(await resolve(to('bus.example.'))).toEqual({ nodes, errors: [] });
    });

    it('IPv6 alone', async () => {
      server.zone.setHeadlessService(SERVICE, [{ pod: 'kdmq-0', addresses: ['fd00:0::1'], ports: [SIP] }]);
      expect(await resolve(to('kdmq'))).toEqual({ nodes: ['sip:[fd00::1]:5060'], errors: [] });
    });

    it('a service name given as such', async () => {
      server.zone.setHeadlessService(SERVICE, pods(2, { ports: [{ ...SIP, port: 5070 }] }));
      const { nodes } = await resolve(to(`_sip._udp.${SERVICE}.`));
      expect(nodes).toEqual(['sip:10.1.0.1:5070', 'sip:10.1.0.2:5070']);
    });

    it('names behind an alias', async () => {
      server.zone.set('bus.example', 'CNAME', [SERVICE]);
      server.zone.setHeadlessService(SERVICE, pods(1));
      expect(await resolve(to('bus.example.'))).toEqual({ nodes: ['sip:10.1.0.1:5060'], errors: [] });
    });

    it.each([
      ['10.9.9.9', 'sip:10.9.9.9:5060'],
      ['FD00:0::9', 'sip:[fd00::9]:5060'],
      ['[fd00::9]', 'sip:[fd00::9]:5060'],
    ])('the literal %s without asking anybody', async (host, expected) => {
      expect(await resolve(to(host))).toEqual({ nodes: [expected], errors: [] });
      expect(server.count()).toBe(0);
    });

    it('only the first address when multi_notify is off', async () => {
      server.zone.setHeadlessService(SERVICE, pods(3, { ports: [{ ...SIP, port: 5070 }] }));
      expect(await resolve(to('kdmq'), { multi: false })).toEqual({ nodes: ['sip:10.1.0.1:5070'], errors: [] });
      expect(server.count({ name: /kdmq-[12]/ })).toBe(0);
    });

    it('the first address of a plain name when multi_notify is off, IPv4 before IPv6', async () => {
      server.zone.set('bus.example', 'AAAA', ['fd00::1']);
      server.zone.set('bus.example', 'A', ['10.1.0.1', '10.1.0.2']);
      expect(await resolve(to('bus.example.'), { multi: false })).toEqual({ nodes: ['sip:10.1.0.1:5060'], errors: [] });
    });
  });

  describe('reads /etc/hosts before DNS', () => {
    it('and asks nobody for what is in it', async () => {
      await writeFile(join(folder, 'hosts'), '127.0.0.1 localhost\n10.244.0.7 kdmq-0 # own\nfd00::7 kdmq-0\n');
      expect((await resolve(to('localhost'))).nodes).toEqual(['sip:127.0.0.1:5060']);
      expect((await resolve(to('KDMQ-0', { port: 5070 }))).nodes).toEqual([
        'sip:10.244.0.7:5070',
        'sip:[fd00::7]:5070',
      ]);
      expect(server.count()).toBe(0);
    });

    it('also for the targets of SRV records', async () => {
      server.zone.setHeadlessService(SERVICE, pods(1));
      await writeFile(join(folder, 'hosts'), `10.1.0.1 kdmq-0.${SERVICE}\n`);
      expect(await resolve(to('kdmq'))).toEqual({ nodes: ['sip:10.1.0.1:5060'], errors: [] });
      expect(server.count({ name: `kdmq-0.${SERVICE}` })).toBe(0);
    });

    it('and takes a change of either file at once', async () => {
      second.zone.set('bus.example', 'A', ['10.1.0.2']);
      expect((await resolve(to('bus.example.'))).nodes).toEqual([]);
      await useServers('', second);
      expect((await resolve(to('bus.example.'))).nodes).toEqual(['sip:10.1.0.2:5060']);
      await writeFile(join(folder, 'hosts'), '10.1.0.3 bus.example\n');
      expect((await resolve(to('bus.example.'))).nodes).toEqual(['sip:10.1.0.3:5060']);
    });

    it('and says what it could not read', async () => {
      await rm(join(folder, 'hosts'), { force: true });
      const unreadable = new DnsResolver({
        clock: new SystemClock(),
        resolvConfPath: join(folder, 'resolv.conf'),
        hostsPath: folder,
      });
      server.zone.set('bus.example', 'A', ['10.1.0.1']);
      const { nodes, errors } = await unreadable.resolve(to('bus.example.'), true, AbortSignal.timeout(20_000));
      expect(nodes).toHaveLength(1);
      expect(errors).toEqual([`${folder}: EISDIR`]);
    });
  });

  describe('searches', () => {
    it('domain after domain and the name itself at last', async () => {
      server.zone.set('kdmq.cluster.local', 'A', ['10.1.0.1']);
      expect(await resolve(to('kdmq'))).toEqual({ nodes: ['sip:10.1.0.1:5060'], errors: [] });
      const domains = ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'];
      expect(asked(/^A /)).toEqual(domains.map((domain) => `A kdmq.${domain}`));
    });

    it('on after SERVFAIL for one name, and says so', async () => {
      server.zone.set('kdmq.svc.cluster.local', 'A', ['10.1.0.1']);
      server.fail({ kind: 'servfail' }, { name: SERVICE });
      const { nodes, errors } = await resolve(to('kdmq'));
      expect(nodes).toEqual(['sip:10.1.0.1:5060']);
      expect(errors).toContain(`A ${SERVICE}: SERVFAIL from 127.0.0.1`);
    });

    it('nowhere for a name with a dot at the end', async () => {
      await resolve(to('kdmq.'));
      expect(new Set(server.queries.map(({ name }) => name))).toEqual(
        new Set(['kdmq', '_sip._udp.kdmq', '_sip-udp._udp.kdmq']),
      );
    });

    it('with few queries below names that do not exist', async () => {
      server.zone.setHeadlessService(SERVICE, pods(1));
      await resolve(to(SERVICE));
      expect(asked(/cluster\.local\..*local$/)).toHaveLength(6);
      expect(asked(/ _sip/)).toHaveLength(2);
    });

    it('and finds SRV records below a name that the server denies', async () => {
      server.zone.setSrv('_sip._udp.bus.example', [{ port: 5070, target: 'a.example' }]);
      server.zone.set('a.example', 'A', ['10.1.0.1']);
      server.fail({ kind: 'nxdomain' }, { name: 'bus.example' });
      expect(await resolve(to('bus.example.'))).toEqual({ nodes: ['sip:10.1.0.1:5070'], errors: [] });
    });
  });

  describe('with faults', () => {
    beforeEach(() => server.zone.setHeadlessService(SERVICE, pods(3)));
    const THREE = ['sip:10.1.0.1:5060', 'sip:10.1.0.2:5060', 'sip:10.1.0.3:5060'];

    it('an empty service is an answer without nodes, with a reason', async () => {
      server.zone.setHeadlessService(SERVICE, []);
      expect(await resolve(to(`${SERVICE}.`))).toEqual({ nodes: [], errors: [`${SERVICE}.: no addresses`] });
    });

    it('NXDOMAIN is an answer without nodes, with the names that were asked for', async () => {
      const { nodes, errors } = await resolve(to('nobody'));
      expect(nodes).toEqual([]);
      const names = 'nobody.default.svc.cluster.local, nobody.svc.cluster.local, nobody.cluster.local, nobody';
      expect(errors).toEqual([`nobody: no such name (asked for ${names})`]);
    });

    it.each([
      ['servfail', 'SERVFAIL from 127.0.0.1'],
      ['refused', 'REFUSED from 127.0.0.1'],
      ['formerr', 'FORMERR from 127.0.0.1'],
      ['garbage', 'unreadable answer from 127.0.0.1'],
      ['cut', 'unreadable answer from 127.0.0.1'],
    ] as const)('%s: no nodes, and who answered so', async (kind, detail) => {
      server.fail({ kind });
      const { nodes, errors } = await resolve(to(`${SERVICE}.`));
      expect(nodes).toEqual([]);
      expect(errors).toContain(`A ${SERVICE}: ${detail}`);
    });

    it.each(['silence', 'wrong_id'] as const)(
      '%s of all servers: over in bounded time, no further name asked for',
      async (kind) => {
        server.fail({ kind });
        const start = performance.now();
        const { nodes, errors } = await resolve(to('kdmq'));
        expect(performance.now() - start).toBeLessThan(5000);
        expect(nodes).toEqual([]);
        expect(errors).toEqual([`A ${SERVICE}: no answer from 127.0.0.1`, `AAAA ${SERVICE}: no answer from 127.0.0.1`]);
        expect(server.count({ name: 'kdmq.svc.cluster.local' })).toBe(0);
      },
    );

    it('a server that is not there: over at once', async () => {
      await server.stop();
      const { nodes, errors } = await resolve(to('kdmq'));
      expect(nodes).toEqual([]);
      expect(errors[0]).toContain('connection refused from 127.0.0.1');
    });

    it('the deadline ends all waiting and keeps what was found', async () => {
      server.fail({ kind: 'silence' }, { name: `kdmq-1.${SERVICE}` });
      server.zone.setSrv(`_sip._udp.${SERVICE}`, [
        { port: 5070, target: `kdmq-0.${SERVICE}` },
        { port: 5080, target: `kdmq-1.${SERVICE}` },
      ]);
      const signal = new AbortController();
      const resolution = resolver.resolve(to(`${SERVICE}.`), true, signal.signal);
      for (const pod of ['kdmq-0', 'kdmq-1'])
        await vi.waitFor(() => expect(server.count({ name: `${pod}.${SERVICE}` })).toBeGreaterThan(1), 10_000);
      // What was answered before this was asked has come before the answer to this.
      await resolver.resolve(to(`${SERVICE}.`, { port: 5060 }), false, new AbortController().signal);
      signal.abort();
      const { nodes, errors } = await resolution;
      expect(nodes.map(formatNodeUri)).toContain('sip:10.1.0.1:5070');
      expect(errors).toContain(`A kdmq-1.${SERVICE}: no answer before the deadline`);
    });

    it('the deadline leaves no socket open', async () => {
      const before = await openSockets();
      server.fail({ kind: 'silence' });
      const signal = new AbortController();
      const resolution = resolver.resolve(to('kdmq'), true, signal.signal);
      await vi.waitFor(() => expect(server.count({ name: SERVICE })).toBeGreaterThan(1), 10_000);
      expect(await openSockets()).toBeGreaterThan(before);
      signal.abort();
      await resolution;
      expect(await openSockets()).toBe(before);
    });

    it('one try only, if resolv.conf says so', async () => {
      await useServers('options attempts:1 timeout:1\n', server);
      server.fail({ kind: 'silence' });
      const { errors } = await resolve(to('kdmq'));
      expect(errors[0]).toBe('A kdmq: no answer from 127.0.0.1');
      expect(server.count({ type: 'A' })).toBe(1);
    });

    it('a signal that has fired already: nothing is asked', async () => {
      const { nodes, errors } = await resolver.resolve(to('kdmq'), true, AbortSignal.abort());
      expect(nodes).toEqual([]);
      expect(errors[0]).toContain('no answer before the deadline');
      expect(server.count()).toBe(0);
    });

    it('close ends what is under way, and nothing is asked afterwards', async () => {
      server.fail({ kind: 'silence' });
      const resolution = resolver.resolve(to('kdmq'), true, AbortSignal.timeout(60_000));
      await vi.waitFor(() => expect(server.count()).toBeGreaterThan(0), 10_000);
      resolver.close();
      expect((await resolution).errors).toContain(`A ${SERVICE}: no answer before the deadline`);
      server.resetCounts();
      expect((await resolver.resolve(to('kdmq'), true, AbortSignal.timeout(60_000))).nodes).toEqual([]);
      expect(server.count()).toBe(0);
    });

    it('one lost datagram is asked again', async () => {
      server.fail({ kind: 'silence' }, { type: 'A', times: 1 });
      expect(await resolve(to('kdmq'))).toEqual({ nodes: THREE, errors: [] });
    });

    it('an answer that comes later than the next try still counts', async () => {
      server.fail({ kind: 'delay', delayMs: 600 }, { name: SERVICE });
      expect(await resolve(to(`${SERVICE}.`))).toEqual({ nodes: THREE, errors: [] });
    });

    it.each(['A', 'AAAA'])(
      'one family failing: the other is found, and the answer is marked incomplete',
      async (type) => {
        server.zone.set('bus.example', 'A', ['10.1.0.1']);
        server.zone.set('bus.example', 'AAAA', ['fd00::1']);
        server.fail({ kind: 'servfail' }, { type });
        const { nodes, errors } = await resolve(to('bus.example.'));
        expect(nodes).toEqual([type === 'A' ? 'sip:[fd00::1]:5060' : 'sip:10.1.0.1:5060']);
        expect(errors).toEqual([`${type} bus.example: SERVFAIL from 127.0.0.1`]);
      },
    );

    it('SRV failing: A and AAAA are found, and the answer is marked incomplete', async () => {
      server.fail({ kind: 'formerr' }, { type: 'SRV' });
      const { nodes, errors } = await resolve(to('kdmq'));
      expect(nodes).toEqual(THREE);
      expect(errors).toContain(`SRV ${SERVICE}: FORMERR from 127.0.0.1`);
    });

    it('a new pod whose name is still cached as missing is listed at the port of its fellows', async () => {
      const ports = [{ ...SIP, port: 5070 }] as const;
      server.zone.setHeadlessService(SERVICE, pods(2, { ports }));
      server.cacheMissingNames(60_000);
      await resolve(to(`kdmq-2.${SERVICE}.`));
      server.zone.setHeadlessService(SERVICE, pods(3, { ports }));
      const { nodes, errors } = await resolve(to('kdmq'));
      expect(nodes).toEqual(['sip:10.1.0.1:5070', 'sip:10.1.0.2:5070', 'sip:10.1.0.3:5070']);
      expect(errors).toEqual([`kdmq-2.${SERVICE}: no address for this SRV target`]);
    });

    it('any bytes as answers: errors, nothing worse', async () => {
      const answer = encode({
        type: 'response',
        flags: AUTHORITATIVE_ANSWER,
        questions: [{ type: 'A', name: 'fuzz.example' }],
        answers: [{ type: 'A', name: 'fuzz.example', data: '10.1.0.1' }],
      });
      const changed = fc
        .array(fc.tuple(fc.nat({ max: answer.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 })
        .map((changes) => {
          const bytes = Uint8Array.from(answer);
          for (const [at, value] of changes) bytes[at] = value;
          return bytes;
        });
      const answers = fc.sample(fc.oneof(fc.uint8Array({ maxLength: 600 }), changed), { numRuns: 200, seed: 5 });
      const resolutions = answers.map((bytes, i) => {
        server.fail({ kind: 'garbage', bytes }, { name: `fuzz-${i}.example` });
        return resolver.resolve(to(`fuzz-${i}.example.`), true, AbortSignal.timeout(1500));
      });
      for (const { nodes, errors } of await Promise.all(resolutions))
        expect(nodes.length + errors.length).toBeGreaterThan(0);
    });

    it('sinkhole addresses are no nodes', async () => {
      server.zone.set('bus.example', 'A', ['0.0.0.0']);
      const errors = ['bus.example.: no usable addresses'];
      expect(await resolve(to('bus.example.'))).toEqual({ nodes: [], errors });
    });

    it.each(['kdmq..example', 'a'.repeat(64), 'x'.repeat(300), 'ä.example', '\0', ''])(
      'the name %j is only an error',
      async (host) => {
        const { nodes, errors } = await resolve(to(host));
        expect(nodes).toEqual([]);
        expect(errors.length).toBeGreaterThan(0);
      },
    );
  });

  describe('with two servers', () => {
    beforeEach(async () => {
      second.zone.setHeadlessService(SERVICE, pods(3));
      await useServers(SEARCH, server, second);
    });

    it.each(['silence', 'servfail', 'refused', 'garbage', 'wrong_id', 'formerr'] as const)(
      '%s of the first: the second is asked',
      async (kind) => {
        server.fail({ kind });
        const { nodes, errors } = await resolve(to('kdmq'));
        expect(nodes).toHaveLength(3);
        expect(errors).toEqual([]);
      },
    );

    it('the first one dead: the second is asked', async () => {
      await server.stop();
      expect(await resolve(to('kdmq'))).toMatchObject({ nodes: { length: 3 }, errors: [] });
    });

    it('a slow first one costs its delay once, not for each query', async () => {
      second.zone.setHeadlessService(SERVICE, pods(15));
      server.fail({ kind: 'silence' });
      await resolve(to('kdmq'));
      expect(server.count({ name: /^kdmq-/ })).toBeLessThan(15);
    });

    it('a zone that names no interface is passed over', async () => {
      await writeFile(join(folder, 'resolv.conf'), `nameserver fe80::1%nowhere0\nnameserver ${second.address}\n`);
      expect((await resolve(to(SERVICE))).nodes).toHaveLength(3);
    });
  });

  describe('with many pods', () => {
    it.each([300, 1000])('finds %i by A records over TCP', async (count) => {
      server.zone.set(
        'bus.example',
        'A',
        pods(count).flatMap(({ addresses }) => addresses),
      );
      const { nodes, errors } = await resolve(to('bus.example.'));
      expect(new Set(nodes).size).toBe(count);
      expect(errors).toEqual([]);
      expect(server.count({ name: 'bus.example', type: 'A', protocol: 'tcp' })).toBeGreaterThan(0);
    });

    it('asks for 300 pods of a headless service with a handful of queries', async () => {
      server.zone.setHeadlessService(SERVICE, pods(300, { ports: [{ ...SIP, port: 5070 }] }));
      const { nodes, errors } = await resolve(to(`${SERVICE}.`));
      expect(nodes).toHaveLength(300);
      expect(nodes.every((node) => node.endsWith(':5070'))).toBe(true);
      expect(errors).toEqual([]);
      expect(asked(/./)).toHaveLength(5);
    });

    it('asks for 300 SRV targets elsewhere one by one', async () => {
      const targets = pods(300).map(({ pod, addresses }) => ({ target: `${pod}.other.example`, addresses }));
      for (const { target, addresses } of targets) server.zone.set(target, 'A', addresses);
      server.zone.setSrv(
        'bus.example',
        targets.map(({ target }) => ({ port: 5070, target })),
      );
      const { nodes, errors } = await resolve(to('bus.example.'));
      expect(nodes).toHaveLength(300);
      expect(errors).toEqual([]);
    });

    it('finds 1,000 by A records where the SRV records do not fit any message', async () => {
      server.zone.setHeadlessService(SERVICE, pods(1000, { ports: [{ ...SIP, port: 5070 }] }));
      const { nodes } = await resolve(to(`${SERVICE}.`));
      expect(new Set(nodes).size).toBe(1000);
      expect(nodes.filter((node) => !node.endsWith(':5070'))).toEqual([]);
    });

    it('gives the first 1,000 of more and says what it cut', async () => {
      server.zone.set(
        'b.x',
        'A',
        pods(1200).flatMap(({ addresses }) => addresses),
      );
      const { nodes, errors } = await resolve(to('b.x.'));
      expect(nodes).toHaveLength(1000);
      expect(errors).toEqual(['b.x.: 1200 addresses, cut to 1000: left out from 10.1.3.233 on']);
    });

    it('sums up the errors of many failed targets', async () => {
      const targets = Array.from({ length: 60 }, (_, i) => ({ port: 5070, target: `t${i}.example` }));
      server.zone.setSrv('bus.example', targets);
      const { nodes, errors } = await resolve(to('bus.example.'));
      expect(nodes).toEqual([]);
      expect(errors).toHaveLength(21);
      expect(errors.at(-1)).toBe('and 40 more failed queries');
    });

    it('falls back to TCP for a forced truncation', async () => {
      server.zone.setHeadlessService(SERVICE, pods(2));
      server.fail({ kind: 'truncated' });
      expect((await resolve(to('kdmq'))).nodes).toHaveLength(2);
    });
  });

  it('leaves no socket open after many resolutions', async () => {
    server.zone.setHeadlessService(SERVICE, pods(30, { ports: [SIP, { name: 'x', proto: 'udp', port: 5999 }] }));
    server.fail({ kind: 'truncated' }, { type: 'SRV' });
    const before = await openSockets();
    for (let i = 0; i < 20; i++) await resolve(to('kdmq'), { deadlineMs: 60_000 });
    await vi.waitFor(async () => expect(await openSockets()).toBe(before), 10_000);
  });
});

/** Sockets of this process: Node does not list those of c-ares among its active resources. */
async function openSockets(): Promise<number> {
  const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
  return (await Promise.all(links)).filter((link) => link.startsWith('socket:')).length;
}
