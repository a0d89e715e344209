import type { Claim } from '../../src/core/node-claim.ts';
import type { NodeEvent } from '../../src/core/node-event.ts';
import { nextRecord } from '../../src/core/node-event.ts';
import type { NodeIdentity, NodeKind, NodeRecord } from '../../src/core/node-record.ts';
import { type NodeUri, parseNodeUri } from '../../src/core/node-uri.ts';

/** The address that a test writes as `10.0.0.1` or in full. */
export function uriOf(text: string): NodeUri {
  const uri = parseNodeUri(text.startsWith('sip:') ? text : `sip:${text}`);
  if (uri === undefined) throw new Error(`${text} is no node URI`);
  return uri;
}

export function identityOf(text: string, kind: NodeKind = 'kdmq', instance = `life of ${text}`): NodeIdentity {
  const ours = kind === 'kdmq';
  return { uri: uriOf(text), kind, instance: ours ? instance : '', software: '', streams: ours ? ['tcp'] : [] };
}

/** A claim that one of our nodes passed on. */
export function toldOf(node: NodeIdentity, claim: Claim, at = 0): NodeEvent & { kind: 'told' } {
  return { kind: 'told', node, claim, fresh: true, at };
}

/** The record that a sequence of events leaves. */
export function recordAfter(...events: readonly NodeEvent[]): NodeRecord | undefined {
  let record: NodeRecord | undefined;
  for (const event of events) record = nextRecord(record, event);
  return record;
}

/** A node that answered: active. */
export function activeRecord(text: string, kind: NodeKind = 'kdmq', incarnation = 1): NodeRecord {
  const node = identityOf(text, kind);
  const record = recordAfter({ kind: 'seen', node, evidence: 'answered', incarnation, at: 0 });
  if (record === undefined) throw new Error('an answer makes a record');
  return record;
}
