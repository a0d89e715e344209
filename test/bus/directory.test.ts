import { describe, expect, it } from 'vitest';
import { identityOf, toldOf } from '../core/records.ts';
import { defaultPolicy, newDirectory } from './directory-with.ts';

const keeping = { ...defaultPolicy, remove_inactive: false };
const counting = { ...defaultPolicy, fail_count_enabled: true, fail_count_threshold_disabled: 2 };
const key = 'udp:10.0.0.2:5060';

describe('the log', () => {
  it('has one line when a node joins and one when it goes, with the reason', () => {
    const { directory, log, counters, join, end } = newDirectory();
    join('10.0.0.2');
    directory.record({ kind: 'missed', key }, 'probe unanswered');
    end('10.0.0.2', 'silent');
    expect(log.lines.filter(({ level }) => level === 'info')).toEqual([
      {
        level: 'info',
        message: 'node joined',
        fields: { node: 'sip:10.0.0.2:5060', kind: 'kdmq', why: 'answered', active: 2 },
      },
      {
        level: 'info',
        message: 'node died',
        fields: { node: 'sip:10.0.0.2:5060', kind: 'kdmq', why: 'silent', active: 1 },
      },
    ]);
    expect([counters.value('node_transitions', 'joined'), counters.value('node_transitions', 'died')]).toEqual([1, 1]);
  });

  it('speaks of suspicions to those who debug only', () => {
    const { log, join, end } = newDirectory();
    join('10.0.0.2');
    end('10.0.0.2', 'unanswered');
    expect(log.messages('info')).toEqual(['node joined']);
    expect(log.messages('debug')).toEqual(['node suspected']);
  });

  it('does not speak of rumours that came to nothing', () => {
    const { directory, log } = newDirectory();
    const node = identityOf('10.0.0.2');
    directory.record(toldOf(node, { incarnation: 1, state: 'alive' }), 'gossip');
    directory.record(toldOf(node, { incarnation: 1, state: 'dead' }), 'gossip');
    directory.record({ kind: 'buried', key }, 'dead');
    expect(log.lines).toEqual([]);
  });
});

describe('listeners', () => {
  it('get each change with its event, its meaning and its reason', () => {
    const { directory, join } = newDirectory();
    const heard: unknown[] = [];
    directory.onChange(({ event, transition, why }) => heard.push([event.kind, transition, why]));
    join('10.0.0.2');
    join('10.0.0.2');
    directory.record({ kind: 'missed', key: 'udp:10.9.9.9:5060' }, 'nobody there');
    expect(heard).toEqual([
      ['seen', 'joined', 'answered'],
      ['seen', undefined, 'answered'],
    ]);
  });
});

describe('the sweep', () => {
  it.each([
    ['buries the dead after two seconds', defaultPolicy, false, 0, true],
    ['leaves a dead notification address in the list', defaultPolicy, true, 0, false],
    ['leaves the dead with remove_inactive 0', keeping, false, 0, false],
    ['leaves the dead whose failures are not above the threshold', counting, false, 2, false],
    ['buries them above it', counting, false, 3, true],
  ])('%s', (_what, policy, listed, misses, buried) => {
    const { directory, clock, join, end } = newDirectory(policy);
    join('10.0.0.2');
    if (listed) directory.record({ kind: 'listed', key, listed: true }, 'DNS');
    end('10.0.0.2', 'silent');
    for (let miss = 0; miss < misses; miss++) directory.record({ kind: 'missed', key }, 'silent');
    clock.advance(2_000);
    directory.sweep();
    expect(directory.get(key)?.buried).toBe(false);
    clock.advance(1);
    directory.sweep();
    expect(directory.get(key)?.buried).toBe(buried);
  });

  it.each([
    ['a notification address', defaultPolicy],
    ['with remove_inactive 0', keeping],
    ['with fail_count_enabled', counting],
  ])('buries who said goodbye, %s too', (_what, policy) => {
    const { directory, clock, join, end } = newDirectory(policy);
    join('10.0.0.2');
    directory.record({ kind: 'listed', key, listed: true }, 'DNS');
    end('10.0.0.2', 'goodbye');
    clock.advance(2_001);
    directory.sweep();
    expect(directory.listed()).toEqual([]);
  });

  it('leaves the living alone, however long they are silent', () => {
    const { directory, clock, join } = newDirectory();
    join('10.0.0.2');
    clock.advance(10_000_000);
    directory.sweep();
    expect(directory.activeCount).toBe(1);
  });

  it('forgets the buried after ten minutes', () => {
    const { directory, clock, join, end } = newDirectory();
    join('10.0.0.2');
    end('10.0.0.2', 'silent');
    clock.advance(600_000);
    directory.sweep();
    expect(directory.get(key)?.buried).toBe(true);
    clock.advance(1);
    directory.sweep();
    expect(directory.get(key)).toBeUndefined();
  });
});

describe('what can be passed on', () => {
  it('is this node and the living, and the dead where graves are asked for', () => {
    const { directory, join, end } = newDirectory();
    join('10.0.0.2');
    join('10.0.0.3');
    end('10.0.0.3', 'silent');
    const hosts = (graves: boolean): string[] => directory.facts(graves).map(({ node }) => node.uri.host);
    expect(hosts(false)).toEqual(['10.0.0.1', '10.0.0.2']);
    expect(hosts(true)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
  });
});

it('quiet is counted from the last claim that changed, not from signs of life', () => {
  const { directory, clock, join } = newDirectory();
  clock.advance(500);
  join('10.0.0.2');
  clock.advance(300);
  join('10.0.0.2');
  expect(directory.quietFor()).toBe(300);
});

it('the digest follows the incarnation of this node', () => {
  const { directory, local } = newDirectory();
  const before = directory.digest();
  local.contradict({ instance: local.instance, claim: { incarnation: 1_000, state: 'suspect' } });
  expect(directory.digest()).not.toBe(before);
});

it('a full list counts whom it refuses', () => {
  const { directory, counters } = newDirectory();
  const tell = (index: number): void => {
    const uri = {
      host: `10.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
      port: 5060,
      transport: 'udp',
    } as const;
    directory.record(toldOf({ ...identityOf('10.0.0.2'), uri }, { incarnation: 1, state: 'alive' }), 'gossip');
  };
  for (let index = 0; index < 10_003; index++) tell(index);
  tell(5);
  directory.record(toldOf(identityOf('10.0.0.1'), { incarnation: 1, state: 'alive' }), 'gossip');
  expect(counters.value('nodes_refused', 'full')).toBe(3);
});
