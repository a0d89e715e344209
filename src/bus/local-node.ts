import type { Fact, HeldBelief } from '../core/gossip-message.ts';
import { type NodeUri, nodeKey, type TransportName } from '../core/node-uri.ts';

/** What a node is at its start. */
export interface LocalIdentity {
  readonly uri: NodeUri;
  /** Milliseconds since 1970 at the start of the process: a later life has a higher number. */
  readonly incarnation: number;
  /** Names this life for certain: the pod's UID and container, or random. */
  readonly instance: string;
  readonly software: string;
  readonly streams: readonly TransportName[];
}

/** The local node: only it changes what is true of it. */
export class LocalNode {
  readonly uri: NodeUri;
  readonly key: string;
  readonly instance: string;
  readonly #software: string;
  readonly #streams: readonly TransportName[];
  #incarnation: number;
  #leaving = false;

  constructor(identity: LocalIdentity) {
    this.uri = identity.uri;
    this.key = nodeKey(identity.uri);
    this.instance = identity.instance;
    this.#software = identity.software;
    this.#streams = identity.streams;
    this.#incarnation = identity.incarnation;
  }

  get incarnation(): number {
    return this.#incarnation;
  }

  get leaving(): boolean {
    return this.#leaving;
  }

  /** From now on this node says that it leaves. There is no way back within a life. */
  leave(): void {
    this.#leaving = true;
  }

  /** What this node says of itself. */
  fact(): Fact {
    return {
      node: {
        uri: this.uri,
        kind: 'kdmq',
        instance: this.instance,
        software: this.#software,
        streams: this.#streams,
      },
      claim: { incarnation: this.#incarnation, state: this.#leaving ? 'left' : 'alive' },
    };
  }

  /**
   * Contradicts what others hold about this address where it is wrong: that it is suspect, dead or gone, or that another life is
   * the present one. Returns whether the incarnation was raised, so that it is to be told.
   */
  contradict(belief: HeldBelief): boolean {
    const { claim, instance } = belief;
    if (claim.incarnation < this.#incarnation || this.#leaving) return false;
    const right = claim.incarnation === this.#incarnation && claim.state === 'alive' && instance === this.instance;
    if (right) return false;
    this.#incarnation = claim.incarnation + 1;
    return true;
  }
}
