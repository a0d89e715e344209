import { formatNodeUri, type NodeUri } from '../../src/core/node-uri.ts';
import type { GuardedProcess } from '../guarded-process.ts';
import type { Kamailio } from '../kamailio/kamailio.ts';
import { askForList } from './ask-for-list.ts';

/** One node on the stage, whatever runs it. */
export interface Member {
  readonly name: string;
  readonly uri: NodeUri;
  /** URI → status of all nodes in its list; undefined when it does not tell (yet). */
  list(): Promise<ReadonlyMap<string, string> | undefined>;
  /** What its peer on the channel `demo` was told; undefined when it has none. */
  heard: string[] | undefined;
  /** URIs of the nodes that said goodbye to it; undefined when it can't be asked. */
  goodbyes: string[] | undefined;
  readonly process?: GuardedProcess;
  readonly kamailio?: Kamailio;
}

/** A line of a node's log. */
interface LogLine {
  readonly msg?: string;
  readonly node?: string;
  readonly why?: string;
  readonly text?: string;
}

/** Active by its own words; a node that does not answer (yet) has no list. */
export async function listOf(uri: NodeUri): Promise<ReadonlyMap<string, string> | undefined> {
  const lines = await askForList(uri).catch(() => undefined);
  return lines && new Map(lines.map((line) => [formatNodeUri(line.uri), line.status]));
}

/** An empty one for what is no JSON. */
export function readLogLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return {};
  }
}
