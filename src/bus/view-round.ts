import { fitsKamailioList } from '../core/kamailio-list.ts';
import type { NodeKind, NodeStatus } from '../core/node-record.ts';
import { formatNodeUri, type NodeUri } from '../core/node-uri.ts';
import { type NotificationLine, readNotification } from '../core/notification.ts';
import { decodeText } from '../core/text.ts';
import type { Clock } from '../ports/clock.ts';
import type { SendFailure } from '../ports/sip-transport.ts';
import type { Counters } from '../ports/telemetry.ts';
import type { Directory } from './directory.ts';
import type { Gossip } from './gossip.ts';
import type { Notifier } from './notifier.ts';

/** Why a node's list is not known: no reply, a reply other than a list, or too many nodes to ask them all. */
export type NoListReason = SendFailure | 'refused' | 'not_asked';

/** Whom a node sees, as it says itself. */
export interface SaidList {
  readonly uri: string;
  readonly kind: NodeKind;
  readonly local: boolean;
  /** Its list, itself included; undefined when it said none. A Kamailio names only those that it holds active. */
  readonly nodes: readonly { readonly uri: string; readonly status: NodeStatus }[] | undefined;
  /** Whether its list has no room for the whole bus, so that who is missing in it need not be missing for it. */
  readonly partial: boolean;
  readonly roundTripMs: number | undefined;
  readonly error: NoListReason | undefined;
  /** The code of its reply, when it refused. */
  readonly code: number | undefined;
}

export interface ViewRoundOptions {
  readonly directory: Directory;
  readonly gossip: Gossip;
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly counters: Counters;
}

type Answer = Pick<SaidList, 'nodes' | 'roundTripMs' | 'error' | 'code'>;

/** Nodes that are asked: so many, and fewer where their lists are long. */
const maxAsked = 64;
const maxLines = 10_000;
const atOnce = 16;
/** A round takes four times that at most: 64 silent nodes, 16 at once. */
const deadlineMs = 1_000;
const noAnswer: Answer = { nodes: undefined, roundTripMs: undefined, error: undefined, code: undefined };

/** Asks the nodes of this node's list, and nobody else, for their lists. Asking changes nobody's list. */
export class ViewRound {
  readonly #options: ViewRoundOptions;

  constructor(options: ViewRoundOptions) {
    this.#options = options;
  }

  /** This node first, then the others in the order of the list. Never rejects. */
  async ask(): Promise<readonly SaidList[]> {
    const { directory, clock, counters } = this.#options;
    const { local } = directory;
    const listed = directory.listed();
    const lines = directory.lines();
    const hasRoom = fitsKamailioList(lines.filter(({ status }) => status === 'active').map(({ uri }) => uri));
    const own: SaidList = {
      ...noAnswer,
      uri: formatNodeUri(local.uri),
      kind: 'kdmq',
      local: true,
      partial: false,
      nodes: shown(lines),
    };
    const asked = Math.min(listed.length, maxAsked, Math.ceil(maxLines / lines.length));
    const answers = listed.map((): Answer => ({ ...noAnswer, error: 'not_asked' }));
    let next = 0;
    const askInTurn = async (): Promise<void> => {
      while (next < asked) {
        const index = next++;
        const { uri, kind } = listed[index]!.record;
        const sentAt = clock.now();
        const answer = await (kind === 'kdmq' ? this.#askFellow(uri) : this.#askOther(uri));
        answers[index] = answer.error === undefined ? { ...answer, roundTripMs: clock.now() - sentAt } : answer;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, askInTurn));
    for (const { error } of answers) counters.add('views_asked', error ?? 'answered');
    const others = listed.map(({ record: { uri, kind } }, index): SaidList => {
      const partial = kind !== 'kdmq' && !hasRoom;
      return { uri: formatNodeUri(uri), kind, local: false, partial, ...answers[index]! };
    });
    return [own, ...others];
  }

  #askFellow(uri: NodeUri): Promise<Answer> {
    return new Promise((resolve) => {
      this.#options.gossip.askForList(uri, deadlineMs, (outcome) => {
        switch (outcome.kind) {
          case 'answered': {
            const { list } = outcome.reply;
            resolve(
              list === undefined ? { ...noAnswer, error: 'refused', code: 200 } : { ...noAnswer, nodes: shown(list) },
            );
            return;
          }
          case 'stranger':
            resolve({ ...noAnswer, error: 'refused', code: outcome.code });
            return;
          case 'ourselves':
            resolve({ ...noAnswer, error: 'refused', code: 200 });
            return;
          case 'unanswered':
            resolve({ ...noAnswer, error: outcome.failure });
        }
      });
    });
  }

  #askOther(uri: NodeUri): Promise<Answer> {
    return new Promise((resolve) => {
      this.#options.notifier.askForList(uri, deadlineMs, (outcome) => {
        if (!outcome.ok) resolve({ ...noAnswer, error: outcome.failure });
        else if (outcome.reply.code !== 200) resolve({ ...noAnswer, error: 'refused', code: outcome.reply.code });
        else resolve({ ...noAnswer, nodes: shown(readNotification(decodeText(outcome.reply.body)).lines) });
      });
    });
  }
}

function shown(lines: readonly NotificationLine[]): NonNullable<SaidList['nodes']> {
  return lines.map(({ uri, status }) => ({ uri: formatNodeUri(uri), status }));
}
