import { isIpAddress } from '../core/ip-address.ts';
import type { NodeStatus } from '../core/node-record.ts';
import { formatNodeUri, type NodeUri, nodeKey } from '../core/node-uri.ts';
import type { Directory } from './directory.ts';

export type NodeChangeErrorCode =
  | 'NODE_UNKNOWN' /* it does not stand in the list */
  | 'NODE_LOCAL' /* it is this node itself */
  | 'NODE_NOT_AN_ADDRESS' /* its host is a name */
  | 'TOO_MANY_NODES'; /* so many have been added by hand already */

/** A change of the node list that can't be made. */
export class NodeChangeError extends Error {
  readonly code: NodeChangeErrorCode;

  constructor(code: NodeChangeErrorCode, message: string) {
    super(message);
    this.name = 'NodeChangeError';
    this.code = code;
  }
}

export interface NodeChangesOptions {
  readonly directory: Directory;
  readonly now: () => number;
  /** The addresses that are looked for because somebody added them have changed. */
  readonly changed: () => void;
  /** That address is asked at once. */
  readonly look: (uri: NodeUri) => void;
}

/** Far more than anybody adds by hand; a program that adds for ever is stopped here. */
const mostAdded = 1_000;

/** What people and programs change in the node list; Kamailio's dmq.add, dmq.remove and dmq.change_status. */
export class NodeChanges {
  readonly #options: NodeChangesOptions;
  readonly #added = new Map<string, NodeUri>();

  constructor(options: NodeChangesOptions) {
    this.#options = options;
  }

  /** The addresses that were added and not removed since. */
  get added(): Iterable<NodeUri> {
    return this.#added.values();
  }

  /**
   * Looks for a node at that address from now on, as for a notification address, until it is removed or this process ends. It stands in the
   * list when it has answered. Adding it twice changes nothing.
   */
  add(uri: NodeUri): void {
    const key = this.#keyOfOther(uri);
    if (!isIpAddress(uri.host)) {
      throw new NodeChangeError(
        'NODE_NOT_AN_ADDRESS',
        `${formatNodeUri(uri)} names a host: add a node by its IP address, as sip:10.0.0.1:5060; names belong into notification_address`,
      );
    }
    if (!this.#added.has(key) && this.#added.size >= mostAdded) {
      throw new NodeChangeError('TOO_MANY_NODES', `${mostAdded} nodes have been added already: remove some of them`);
    }
    this.#added.set(key, uri);
    this.#options.changed();
  }

  /**
   * Takes a node off the list, here and at our other nodes, and looks for it no longer if it was added. A node that lives comes back as soon as
   * it is heard of: stop it instead, or change its status. Throws NODE_UNKNOWN.
   */
  remove(uri: NodeUri): void {
    const { directory, now, changed } = this.#options;
    const key = this.#keyOfOther(uri);
    const wasAdded = this.#added.delete(key);
    if (wasAdded) changed();
    const record = directory.get(key);
    if (record === undefined || record.buried) {
      if (!wasAdded) throw unknown(uri);
      return;
    }
    const { incarnation } = record.claim;
    directory.record({ kind: 'seen', node: record, evidence: 'deleted', incarnation, at: now() }, 'removed by hand');
    directory.record({ kind: 'buried', key }, 'removed by hand');
  }

  /**
   * `disabled` and `not_active`: this node sends it no broadcasts, until its status is changed again or it leaves the list. `active`: that is
   * over; when it is not active by itself, it is asked at once. Throws NODE_UNKNOWN.
   */
  changeStatus(uri: NodeUri, status: NodeStatus): void {
    const { directory, look } = this.#options;
    const key = this.#keyOfOther(uri);
    const record = directory.get(key);
    if (record === undefined || record.buried) throw unknown(uri);
    directory.record({ kind: 'held', key, as: status === 'active' ? undefined : status }, 'changed by hand');
    if (status === 'active') look(uri);
  }

  #keyOfOther(uri: NodeUri): string {
    const key = nodeKey(uri);
    if (key === this.#options.directory.local.key) {
      throw new NodeChangeError('NODE_LOCAL', `${formatNodeUri(uri)} is this node itself`);
    }
    return key;
  }
}

function unknown(uri: NodeUri): NodeChangeError {
  return new NodeChangeError('NODE_UNKNOWN', `there is no node ${formatNodeUri(uri)} in the list`);
}
