/** Anything that answers messages of one channel. */
export interface Named {
  /** The channel: user part of the request URI. Case matters, as in Kamailio. */
  readonly name: string;
}

/** A channel name that can't be registered. */
export class ChannelError extends Error {
  readonly code: 'CHANNEL_TAKEN' | 'CHANNEL_NAME';

  constructor(code: 'CHANNEL_TAKEN' | 'CHANNEL_NAME', message: string) {
    super(message);
    this.name = 'ChannelError';
    this.code = code;
  }
}

/** RFC 3261 25.1 `user`, without escapes: what both Kamailio versions take literally. */
const userPart = /^[A-Za-z0-9\-_.!~*'()&=+$,;?/]{1,64}$/;

/** Channel → peer. One peer a channel, as in Kamailio's register_dmq_peer. */
export class PeerRegistry<Peer extends Named> {
  readonly #peers = new Map<string, Peer>();
  /** The channels that the node itself answers. */
  readonly reserved: readonly string[];

  /** @param reserved channels that the node itself answers. */
  constructor(reserved: readonly string[]) {
    this.reserved = reserved;
  }

  /** Throws a ChannelError when the name is no SIP user or is taken. Returns what undoes it. */
  register(peer: Peer): () => void {
    const { name } = peer;
    if (!userPart.test(name)) {
      throw new ChannelError(
        'CHANNEL_NAME',
        `channel "${name}" can't be the user part of a SIP URI: use letters, digits, - _ .`,
      );
    }
    if (this.reserved.includes(name)) throw new ChannelError('CHANNEL_TAKEN', `channel "${name}" is the node's own`);
    if (this.#peers.has(name)) throw new ChannelError('CHANNEL_TAKEN', `channel "${name}" has a peer already`);
    this.#peers.set(name, peer);
    return () => {
      if (this.#peers.get(name) === peer) this.#peers.delete(name);
    };
  }

  find(channel: string): Peer | undefined {
    return this.#peers.get(channel);
  }

  all(): Peer[] {
    return [...this.#peers.values()];
  }
}
