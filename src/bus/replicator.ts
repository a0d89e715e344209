import type { SipRequest, SipTransport } from '../ports/sip-transport.ts';
import type { Directory } from './directory.ts';

export interface ReplicateOptions {
  /** Relay it also when it came from a node of the bus; Kamailio's `skip_loop_test`. */
  readonly skipLoopTest?: boolean;
}

/** Relays requests to all active nodes as they came; Kamailio's dmq_t_replicate. */
export class Replicator {
  readonly #directory: Directory;
  readonly #transport: SipTransport;

  constructor(directory: Directory, transport: SipTransport) {
    this.#directory = directory;
    this.#transport = transport;
  }

  /** Whether the request's source address is that of a node of the bus other than this one; Kamailio's dmq_is_from_node. */
  isFromNode(request: SipRequest): boolean {
    const { address } = request.source;
    return this.#directory.active().some((record) => record.uri.host === address);
  }

  /**
   * Relays to every active node; their replies are swallowed. Returns to how many: 0 when the request came from a node itself (it
   * has replicated it already) and the loop test is not skipped.
   */
  replicate(request: SipRequest, options: ReplicateOptions): number {
    if (options.skipLoopTest !== true && this.isFromNode(request)) return 0;
    const targets = this.#directory.addressed();
    for (const target of targets) this.#transport.relay(request, target.uri, () => {});
    return targets.length;
  }
}
