import type { NodeKind } from '../../core/node-record.ts';
import { formatNodeUri, type NodeUri } from '../../core/node-uri.ts';
import { kindOfSoftware } from '../../core/software.ts';
import type { SendFailure } from '../../ports/sip-transport.ts';
import { type ListAnswer, shownLine } from './asking-node.ts';

/** What came of the questions to one address, as `-o json` prints it. */
export interface PingReport {
  readonly uri: string;
  readonly sent: number;
  /** Final replies of any code. */
  readonly answered: number;
  /** Of the last answer; null where there was none. */
  readonly code: number | null;
  readonly reason: string | null;
  readonly software: string | null;
  readonly kind: NodeKind;
  /** Why the last question got no answer. */
  readonly failure: SendFailure | null;
  readonly roundTripMs: { readonly least: number; readonly mean: number; readonly most: number } | null;
  /** The list of the last 200. */
  readonly nodes: readonly { readonly uri: string; readonly status: string }[];
}

/** Counts what one address answers. */
export class PingTally {
  readonly uri: NodeUri;
  readonly #roundTrips: number[] = [];
  #sent = 0;
  #last: ListAnswer | undefined;

  constructor(uri: NodeUri) {
    this.uri = uri;
  }

  add(answer: ListAnswer): void {
    this.#sent += 1;
    this.#last = answer;
    if (answer.kind === 'answered') this.#roundTrips.push(answer.roundTripMs);
  }

  /** Whether a node of the bus answered the last question. */
  get isThere(): boolean {
    return this.#last?.kind === 'answered' && this.#last.code === 200;
  }

  report(): PingReport {
    const answer = this.#last?.kind === 'answered' ? this.#last : undefined;
    const trips = this.#roundTrips;
    return {
      uri: formatNodeUri(this.uri),
      sent: this.#sent,
      answered: trips.length,
      code: answer?.code ?? null,
      reason: answer?.reason ?? null,
      software: answer?.software ?? null,
      kind: answer === undefined ? 'unknown' : kindOfSoftware(answer.software),
      failure: this.#last?.kind === 'silent' ? this.#last.failure : null,
      roundTripMs:
        trips.length === 0
          ? null
          : {
              least: rounded(trips.reduce((one, two) => Math.min(one, two))),
              mean: rounded(trips.reduce((sum, one) => sum + one, 0) / trips.length),
              most: rounded(trips.reduce((one, two) => Math.max(one, two))),
            },
      nodes: answer?.nodes.map(shownLine) ?? [],
    };
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
