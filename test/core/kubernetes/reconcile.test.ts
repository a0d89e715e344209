import { describe, expect, it } from 'vitest';
import { type ClusterPicture, emptyPicture, withPods } from '../../../src/core/kubernetes/cluster-picture.ts';
import type { ObservedPod } from '../../../src/core/kubernetes/observed-pod.ts';
import { reconcile } from '../../../src/core/kubernetes/reconcile.ts';
import { formatNodeUri, nodeKey } from '../../../src/core/node-uri.ts';
import { uriOf } from '../records.ts';
import { ended, lifeOf, Nodes, podOf, podsOf, running, start } from './pods.ts';

const local = uriOf('10.0.0.1');
const pictureOf = (...pods: readonly ObservedPod[]): ClusterPicture => withPods(emptyPicture, podsOf(...pods), 0);
const then = (picture: ClusterPicture, ...pods: readonly ObservedPod[]): ClusterPicture =>
  withPods(picture, podsOf(...pods), 1);

/** What is to be done when `before` becomes `now`, with addresses and keys in short. */
function between(before: ClusterPicture, now: ClusterPicture, nodes = new Nodes(), self = local) {
  const { listed, hints, deaths, doubts } = reconcile(before, now, nodes, self);
  const short = (text: string): string =>
    text
      .replace('sip:', '')
      .replace('udp:', '')
      .replace(/:5060$/, '');
  return {
    listed: listed.map((uri) => short(formatNodeUri(uri))),
    hints: hints.map((uri) => short(formatNodeUri(uri))),
    deaths: Object.fromEntries(deaths.map(({ key, cause }) => [short(key), cause])),
    doubts: doubts.map(short),
  };
}

const a = podOf('a', '10.0.0.2');
const b = podOf('b', '10.0.0.3');

describe('a pod', () => {
  it('with an address is looked for at once, ready or not, and until it is gone', () => {
    const young = podOf('b', '10.0.0.3', { ready: false });
    expect(between(emptyPicture, pictureOf(a, young))).toMatchObject({
      listed: ['10.0.0.2', '10.0.0.3'],
      hints: ['10.0.0.2', '10.0.0.3'],
    });
    expect(between(pictureOf(a, young), pictureOf(a, young))).toMatchObject({ hints: [] });
    expect(between(pictureOf(a, b), pictureOf(a))).toMatchObject({ listed: ['10.0.0.2'], hints: [] });
  });

  it.each<[string, ObservedPod, ObservedPod]>([
    ['it becomes ready', podOf('a', '10.0.0.2', { ready: false }), a],
    ['it gets its address', podOf('a', '10.0.0.2', { ips: [] }), a],
    ['it gets another one', a, podOf('a', '10.0.0.9')],
    ['its container runs again', podOf('a', '10.0.0.2', { container: ended('a-1', start) }), a],
    ['another run of its container began', a, podOf('a', '10.0.0.2', { container: running('a-2', start + 60_000) })],
  ])('is asked at once when %s', (_what, before, now) => {
    expect(between(pictureOf(before), pictureOf(now)).hints).toEqual([now.ips[0]]);
  });

  it.each<[string, Partial<ObservedPod>]>([
    ['has no address yet', { ips: [] }],
    ['is told to end', { terminating: true }],
    ['has ended', { phase: 'Failed' }],
    ['has run to its end', { phase: 'Succeeded' }],
    ['has a container that ended', { container: ended('a-1', start) }],
    [
      'has a container that waits',
      { container: { id: '', state: 'waiting', startedAt: undefined, endedAt: undefined } },
    ],
  ])('is not looked for while it %s', (_what, changes) => {
    expect(between(emptyPicture, pictureOf(podOf('a', '10.0.0.2', changes)))).toMatchObject({ listed: [], hints: [] });
  });

  it('is one node at one address: that of the family that this node has', () => {
    const dual = podOf('a', '', { ips: ['10.0.0.2', 'fd00::2'] });
    expect(between(emptyPicture, pictureOf(dual)).listed).toEqual(['10.0.0.2']);
    expect(between(emptyPicture, pictureOf(dual), new Nodes(), uriOf('[fd00::1]')).listed).toEqual(['[fd00::2]']);
    const other = podOf('a', 'fd00::2');
    expect(between(emptyPicture, pictureOf(other)).listed).toEqual(['[fd00::2]']);
  });

  it('is reached at the port of its container that is named for this transport, else at the own one', () => {
    const ports = [
      { transport: 'tcp', port: 5070 },
      { transport: 'udp', port: 5080 },
    ] as const;
    expect(between(emptyPicture, pictureOf(podOf('a', '10.0.0.2', { ports }))).listed).toEqual(['10.0.0.2:5080']);
    expect(between(emptyPicture, pictureOf(a), new Nodes(), uriOf('10.0.0.1:5066')).listed).toEqual(['10.0.0.2:5066']);
  });

  it('that is this node itself is nobody to look for', () => {
    expect(between(emptyPicture, pictureOf(podOf('me', '10.0.0.1'))).listed).toEqual([]);
  });

  it('whose node said goodbye is left alone until its container runs anew', () => {
    const nodes = new Nodes().add('10.0.0.2', 'kdmq', lifeOf('a'));
    const node = nodes.get('udp:10.0.0.2:5060')!;
    nodes.apply({ kind: 'seen', node, evidence: 'goodbye', incarnation: 1, at: 0 });
    expect(between(pictureOf(a), pictureOf(a), nodes).listed).toEqual([]);
    const again = podOf('a', '10.0.0.2', { container: running('a-2', start + 60_000, start + 50_000) });
    expect(between(pictureOf(a), pictureOf(again), nodes)).toMatchObject({ listed: ['10.0.0.2'], hints: ['10.0.0.2'] });
  });
});

describe('one of our nodes, which says which pod and process it is,', () => {
  const nodes = () => new Nodes().add('10.0.0.2', 'kdmq', lifeOf('a')).add('10.0.0.3', 'kdmq', lifeOf('b'));

  it('is dead when its pod is deleted, also when a new list just leaves it out', () => {
    expect(between(pictureOf(a, b), then(pictureOf(a, b), b), nodes()).deaths).toEqual({ '10.0.0.2': 'pod deleted' });
  });

  it.each(['Failed', 'Succeeded'] as const)('is dead when its pod is %s', (phase) => {
    const now = then(pictureOf(a, b), podOf('a', '10.0.0.2', { phase }), b);
    expect(between(pictureOf(a, b), now, nodes()).deaths).toEqual({ '10.0.0.2': 'pod ended' });
  });

  it('is dead when its container ended after it began', () => {
    const now = pictureOf(podOf('a', '10.0.0.2', { container: ended('a-1', start + 60_000) }), b);
    expect(between(pictureOf(a, b), now, nodes())).toMatchObject({
      deaths: { '10.0.0.2': 'container ended' },
      doubts: [],
    });
  });

  it('is dead when its container runs anew, also where the end was not seen', () => {
    const now = pictureOf(podOf('a', '10.0.0.2', { container: running('a-2', start + 60_000) }), b);
    expect(between(pictureOf(a, b), now, nodes()).deaths).toEqual({ '10.0.0.2': 'container ended' });
  });

  it('is another life than the one that ended when it has come back before Kubernetes says so', () => {
    const back = new Nodes().add('10.0.0.2', 'kdmq', lifeOf('a', start + 61_000));
    const now = pictureOf(podOf('a', '10.0.0.2', { container: ended('a-1', start + 60_000) }));
    expect(between(pictureOf(a), now, back)).toMatchObject({ deaths: {}, doubts: ['10.0.0.2'] });
  });

  it('that lived too short to be told from its next life is probed', () => {
    const short = podOf('a', '10.0.0.2', { container: running('a-2', start + 2_000) });
    expect(between(pictureOf(a), pictureOf(short), nodes())).toMatchObject({ deaths: {}, doubts: ['10.0.0.2'] });
  });

  it('is a new node when another pod got the address of one that is gone', () => {
    const heir = podOf('c', '10.0.0.2');
    expect(between(pictureOf(a), then(pictureOf(a), heir), nodes())).toMatchObject({
      deaths: { '10.0.0.2': 'pod deleted' },
      hints: ['10.0.0.2'],
    });
    const met = new Nodes().add('10.0.0.2', 'kdmq', lifeOf('c'), 2);
    expect(between(pictureOf(a), then(pictureOf(a), heir), met).deaths).toEqual({});
  });

  it('of which Kubernetes never said anything is left to probes', () => {
    const stranger = new Nodes().add('10.0.0.7', 'kdmq', lifeOf('elsewhere')).add('10.0.0.8', 'kdmq', 'random');
    expect(between(pictureOf(a), then(pictureOf(a)), stranger)).toMatchObject({ deaths: {}, doubts: [] });
  });

  it('that had died of itself is confirmed to be gone once, when its pod goes', () => {
    const dead = nodes();
    dead.apply({ kind: 'seen', node: dead.get('udp:10.0.0.2:5060')!, evidence: 'silent', incarnation: 1, at: 0 });
    const now = then(pictureOf(a, b), b);
    const confirmed = (before: ClusterPicture): readonly string[] => reconcile(before, now, dead, local).confirmed;
    expect(confirmed(pictureOf(a, b))).toEqual(['udp:10.0.0.2:5060']);
    expect(confirmed(now)).toEqual([]);
    expect(reconcile(pictureOf(a, b), pictureOf(a, b), dead, local).confirmed).toEqual([]);
  });

  it('that is dead or gone already dies no second time', () => {
    const gone = nodes();
    gone.apply({ kind: 'seen', node: gone.get('udp:10.0.0.2:5060')!, evidence: 'goodbye', incarnation: 1, at: 0 });
    expect(between(pictureOf(a), then(pictureOf(a)), gone).deaths).toEqual({});
  });

  it('shares a machine, not a fate: with hostNetwork its pod alone counts', () => {
    const one = podOf('a', '10.0.0.2', { hostNetwork: true });
    const two = podOf('b', '10.0.0.2', { hostNetwork: true });
    const both = new Nodes().add('10.0.0.2', 'kdmq', lifeOf('a')).add('10.0.0.2:5070', 'kdmq', lifeOf('b'));
    expect(between(pictureOf(one, two), then(pictureOf(one, two), two), both)).toMatchObject({
      deaths: { '10.0.0.2': 'pod deleted' },
      doubts: [],
    });
  });
});

describe('a Kamailio in a pod', () => {
  const nodes = () => new Nodes().add('10.0.0.2', 'kamailio').add('10.0.0.9', 'kamailio');

  it('is dead when its pod is deleted or failed', () => {
    expect(between(pictureOf(a), then(pictureOf(a)), nodes()).deaths).toEqual({ '10.0.0.2': 'pod deleted' });
    const failed = podOf('a', '10.0.0.2', { phase: 'Failed' });
    expect(between(pictureOf(a), pictureOf(failed), nodes()).deaths).toEqual({ '10.0.0.2': 'pod ended' });
  });

  it('is probed at once when its container ends or begins anew', () => {
    for (const container of [ended('a-1', start + 60_000), running('a-2', start + 60_000)]) {
      const now = pictureOf(podOf('a', '10.0.0.2', { container }));
      expect(between(pictureOf(a), now, nodes())).toMatchObject({ deaths: {}, doubts: ['10.0.0.2'] });
      expect(between(now, now, nodes()).doubts).toEqual([]);
    }
  });

  it('is probed at once when its pod is told to end and does not serve any more', () => {
    const ending = podOf('a', '10.0.0.2', { terminating: true });
    expect(between(pictureOf(a), pictureOf(ending), nodes())).toMatchObject({ deaths: {}, doubts: [] });
    const silent = podOf('a', '10.0.0.2', { terminating: true, ready: false });
    expect(between(pictureOf(ending), pictureOf(silent), nodes())).toMatchObject({ deaths: {}, doubts: ['10.0.0.2'] });
  });

  it('is probed where somebody else may have its address: another pod, or the machine', () => {
    const heir = then(pictureOf(a), podOf('c', '10.0.0.2'));
    expect(between(pictureOf(a), heir, nodes())).toMatchObject({ deaths: {}, doubts: ['10.0.0.2'] });
    const onHost = pictureOf(podOf('a', '10.0.0.2', { hostNetwork: true }));
    expect(between(onHost, then(onHost), nodes())).toMatchObject({ deaths: {}, doubts: ['10.0.0.2'] });
  });
});

describe('endpoints of the headless service', () => {
  const endpoint = (host: string, terminating = false) => ({ host, ports: [], terminating });
  const behind = (...hosts: string[]): ClusterPicture => ({
    ...emptyPicture,
    endpoints: hosts.map((h) => endpoint(h)),
  });

  it('are looked for, and asked at once when they are new', () => {
    expect(between(behind('10.0.0.5'), behind('10.0.0.5', '10.0.0.6'))).toMatchObject({
      listed: ['10.0.0.5', '10.0.0.6'],
      hints: ['10.0.0.6'],
    });
  });

  it('that end, or whose pods are watched anyway, are not', () => {
    const now = {
      ...pictureOf(podOf('a', '10.0.0.2', { phase: 'Failed' })),
      endpoints: [endpoint('10.0.0.2'), endpoint('10.0.0.6', true)],
    };
    expect(between(emptyPicture, now).listed).toEqual([]);
  });

  it('prove nothing by falling out', () => {
    const nodes = new Nodes().add('10.0.0.5', 'kamailio');
    expect(between(behind('10.0.0.5'), behind(), nodes)).toMatchObject({ deaths: {}, doubts: [] });
  });
});

describe('a DmqNode that a user declared', () => {
  const declare = (...hosts: string[]): ClusterPicture => ({
    ...emptyPicture,
    declared: new Map(hosts.map(uriOf).map((uri) => [nodeKey(uri), uri])),
  });

  it('is looked for, and asked at once when it is new', () => {
    expect(between(declare('192.0.2.1'), declare('192.0.2.1', '192.0.2.2'))).toMatchObject({
      listed: ['192.0.2.1', '192.0.2.2'],
      hints: ['192.0.2.2'],
    });
  });

  it('takes the node along when it is deleted, unless Kubernetes names it otherwise too', () => {
    const nodes = new Nodes().add('192.0.2.1', 'kamailio').add('10.0.0.2', 'kdmq', lifeOf('a'));
    expect(between(declare('192.0.2.1'), declare(), nodes).deaths).toEqual({ '192.0.2.1': 'declaration deleted' });
    const declared = { ...pictureOf(a), declared: declare('10.0.0.2').declared };
    expect(between(declared, pictureOf(a), nodes).deaths).toEqual({});
  });
});
