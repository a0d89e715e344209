import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { burialsIn } from '../../../src/core/kubernetes/burials.ts';
import { emptyPicture, withPods } from '../../../src/core/kubernetes/cluster-picture.ts';
import type { ObservedPod } from '../../../src/core/kubernetes/observed-pod.ts';
import { readPodInstance } from '../../../src/core/kubernetes/pod-instance.ts';
import { reconcile } from '../../../src/core/kubernetes/reconcile.ts';
import { isLivingClaim } from '../../../src/core/node-claim.ts';
import { nodeKey } from '../../../src/core/node-uri.ts';
import { uriOf } from '../records.ts';
import { type Life, PodHistory, type Step } from './pod-history.ts';
import { Nodes, podOf, podsOf } from './pods.ts';

const local = uriOf('10.0.0.1');

const steps = fc.array(
  fc.record({
    after: fc.oneof(fc.integer({ min: 0, max: 1_500 }), fc.integer({ min: 0, max: 60_000 })),
    what: fc.constantFrom<Step['what']>('create', 'create', 'kill', 'restart', 'restart', 'fail', 'delete'),
    pick: fc.nat(1_000),
  }),
  { minLength: 1, maxLength: 40 },
);
/** For each step how many pictures behind the watch is, and whether it tells of this one at all. */
const watches = fc.array(fc.record({ behind: fc.nat(3), tells: fc.boolean() }), { minLength: 40, maxLength: 40 });

/** A node list that has met each process that began, in its own life. */
class Met {
  readonly nodes = new Nodes();
  #met = 0;

  meet(lives: readonly Life[]): void {
    for (const life of lives.slice(this.#met)) this.nodes.add(life.ip, 'kdmq', life.instance, life.startedAt);
    this.#met = lives.length;
  }
}

/** Plays a history before an observer, and calls `check` after each look with the lives that are going on in truth. */
function play(
  history: readonly Step[],
  watch: readonly { behind: number; tells: boolean }[],
  check: (look: { deaths: readonly string[]; buried: readonly string[]; living: ReadonlySet<string> }) => void,
): { readonly nodes: Nodes; readonly doubted: ReadonlySet<string>; readonly lives: readonly Life[] } {
  const world = new PodHistory();
  const pictures: ReadonlyMap<string, ObservedPod>[] = [new Map()];
  const met = new Met();
  const doubted = new Set<string>();
  let picture = emptyPicture;
  let told = 0;
  const look = (place: number): void => {
    const next = withPods(picture, pictures[place]!, 0);
    const { deaths, doubts } = reconcile(picture, next, met.nodes, local);
    const living = new Set(world.lives.filter(({ endedAt }) => endedAt === undefined).map(({ instance }) => instance));
    const burials = burialsIn(next, new Map());
    const buried = world.lives
      .map(({ ip, instance }) => ({ uri: uriOf(ip), kind: 'kdmq', instance, software: '', streams: [] }) as const)
      .filter((node) => burials.isBuried(node, 0));
    check({
      deaths: deaths.map(({ key }) => met.nodes.get(key)!.instance),
      buried: buried.map(({ instance }) => instance),
      living,
    });
    for (const key of doubts) doubted.add(met.nodes.get(key)!.instance);
    for (const { key } of deaths) {
      const node = met.nodes.get(key)!;
      met.nodes.apply({ kind: 'seen', node, evidence: 'deleted', incarnation: node.claim.incarnation, at: 0 });
    }
    picture = next;
    told = place;
  };
  history.forEach((step, index) => {
    pictures.push(world.step(step));
    met.meet(world.lives);
    const { behind, tells } = watch[index]!;
    // A watch that lags tells old news, but never goes back.
    if (tells) look(Math.max(told, pictures.length - 1 - behind));
  });
  look(pictures.length - 1);
  return { nodes: met.nodes, doubted, lives: world.lives };
}

describe('whatever happens to the pods, and however late and patchy the watch tells it,', () => {
  it('no life that goes on is declared dead or buried', () => {
    fc.assert(
      fc.property(steps, watches, (history, watch) => {
        play(history, watch, ({ deaths, buried, living }) => {
          expect(deaths.filter((instance) => living.has(instance))).toEqual([]);
          expect(buried.filter((instance) => living.has(instance))).toEqual([]);
        });
      }),
      { numRuns: 400 },
    );
  });

  it('a life that ended is dead, or was worth a probe, where the watch tells all', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const all = history.map(() => ({ behind: 0, tells: true }));
        const { nodes, doubted, lives } = play(history, all, () => {});
        const ended = new Set(lives.filter(({ endedAt }) => endedAt !== undefined).map(({ instance }) => instance));
        for (const { claim, instance } of nodes.records()) {
          expect(isLivingClaim(claim) && ended.has(instance) && !doubted.has(instance), instance).toBe(false);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('looking twice finds nothing new', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { maxLength: 6 }), (numbers) => {
        const pods = podsOf(...numbers.map((number) => podOf(`p${number}`, `10.0.0.${2 + number}`)));
        const picture = withPods(emptyPicture, pods, 0);
        const nodes = new Nodes();
        const { listed, hints } = reconcile(emptyPicture, picture, nodes, local);
        expect(hints.map(nodeKey).sort()).toEqual(listed.map(nodeKey).sort());
        expect(reconcile(picture, withPods(picture, new Map(pods), 1), nodes, local)).toEqual({
          listed,
          hints: [],
          deaths: [],
          confirmed: [],
          doubts: [],
        });
      }),
    );
  });
});

describe('an instance', () => {
  it('of a pod is read as it was written, any other text is none', () => {
    const uid = fc.uuid();
    fc.assert(
      fc.property(uid, fc.nat(4_000_000_000_000), (text, startedAt) => {
        expect(readPodInstance(`${text}/${startedAt.toString(36)}`)).toEqual({ uid: text, startedAt });
      }),
    );
    for (const text of ['', 'm1x0c7k2q9', '/abc', 'uid/', 'uid/UPPER', 'uid/12345678901']) {
      expect(readPodInstance(text), text).toBeUndefined();
    }
  });
});
