import { canonical } from './zone.ts';

/** What a server does to a query instead of answering it. */
export type DnsFault =
  | { readonly kind: 'servfail' | 'refused' | 'formerr' | 'nxdomain' | 'nodata' }
  /** No answer at all; a TCP connection stays open and silent. */
  | { readonly kind: 'silence' }
  /** The right answer, but late. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** Bytes that are no answer (some fixed ones if none are given), the first two replaced by the query's id. */
  | { readonly kind: 'garbage'; readonly bytes?: Uint8Array }
  /** The right answer under an id that nobody asked with. */
  | { readonly kind: 'wrong_id' }
  /** TC set and no record, over UDP only: forces the client to TCP. */
  | { readonly kind: 'truncated' }
  /** The answer breaks off in the middle. */
  | { readonly kind: 'cut' };

/** Which queries a fault is for; what is left out matches all. */
export interface FaultScope {
  readonly name?: string | RegExp;
  readonly type?: string;
  readonly protocol?: 'udp' | 'tcp';
  /** How often the fault strikes before it is gone by itself. */
  readonly times?: number;
}

export interface Query {
  readonly name: string;
  readonly type: string;
  readonly protocol: 'udp' | 'tcp';
}

/** The faults that are switched on, oldest first; the first that matches a query strikes. */
export class DnsFaults {
  readonly #active = new Set<{ fault: DnsFault; scope: FaultScope; left: number }>();

  /** Switches a fault on; the returned function takes it away again. */
  add(fault: DnsFault, scope: FaultScope = {}): () => void {
    const entry = { fault, scope, left: scope.times ?? Number.POSITIVE_INFINITY };
    this.#active.add(entry);
    return () => this.#active.delete(entry);
  }

  clear(): void {
    this.#active.clear();
  }

  strike(query: Query): DnsFault | undefined {
    for (const entry of this.#active) {
      if (!matches(entry.scope, query)) continue;
      entry.left--;
      if (entry.left <= 0) this.#active.delete(entry);
      return entry.fault;
    }
    return undefined;
  }
}

export function matches(scope: Omit<FaultScope, 'times'>, query: Query): boolean {
  if (scope.type !== undefined && scope.type !== query.type) return false;
  if (scope.protocol !== undefined && scope.protocol !== query.protocol) return false;
  if (scope.name instanceof RegExp) return scope.name.test(query.name);
  return scope.name === undefined || canonical(scope.name) === query.name;
}
