import { Directory } from '../../src/bus/directory.ts';
import { LocalNode } from '../../src/bus/local-node.ts';
import type { FailurePolicy, NodeKind } from '../../src/core/node-record.ts';
import { identityOf, uriOf } from '../core/records.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { MemoryCounters } from '../fakes/memory-counters.ts';
import { MemoryLog } from '../fakes/memory-log.ts';

export const defaultPolicy: FailurePolicy = {
  remove_inactive: true,
  fail_count_enabled: false,
  fail_count_threshold_not_active: 1,
  fail_count_threshold_disabled: 5,
};

/** A directory of the node at 10.0.0.1 on a clock of its own. */
export function newDirectory(policy: FailurePolicy = defaultPolicy) {
  const clock = new FakeClock();
  const log = new MemoryLog();
  const counters = new MemoryCounters();
  const local = new LocalNode({
    uri: uriOf('10.0.0.1'),
    incarnation: 1_000,
    instance: 'this life',
    software: 'kdmq/test',
    streams: ['tcp'],
  });
  const directory = new Directory({ local, clock, log, counters, policy: () => policy });
  /** A node answers for the first time. */
  const join = (host: string, kind: NodeKind = 'kdmq', incarnation = 1): void => {
    const node = identityOf(host, kind);
    directory.record({ kind: 'seen', node, evidence: 'answered', incarnation, at: clock.now() }, 'answered');
  };
  /** A node ends. */
  const end = (host: string, evidence: 'silent' | 'goodbye' | 'unanswered'): void => {
    const record = directory.get(`udp:${host}:5060`)!;
    directory.record({ kind: 'seen', node: record, evidence, at: clock.now() }, evidence);
  };
  return { directory, clock, log, counters, local, join, end };
}
