import { PatchStrategy, setHeaderOptions, V1MicroTime } from '@kubernetes/client-node';
import type { ClusterEvent } from '../../core/kubernetes/cluster-event.ts';
import type { DmqNodeContent, DmqNodeStatus, NodeViewpoint } from '../../core/kubernetes/dmq-node.ts';
import type { LeaseContent } from '../../core/kubernetes/lease-record.ts';
import type { ObjectReference } from '../../core/kubernetes/observed-pod.ts';
import { formatNodeUri } from '../../core/node-uri.ts';
import type { ClusterWriter } from '../../ports/cluster-writer.ts';
import { type ClientApis, clientApis, clientError } from './client-apis.ts';
import { observedLabel } from './read-dmq-node.ts';
import type { WriterThreadData } from './writer-messages.ts';

const group = 'kdmq.dev';
const version = 'v1alpha1';
const plural = 'dmqnodes';
const manager = 'kdmq';
const applying = setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply);
const merging = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

/** Writes with the client library and the service account of the pod. */
export class ClientWriter implements ClusterWriter {
  readonly #data: WriterThreadData;
  #apis: ClientApis | undefined;

  constructor(data: WriterThreadData) {
    this.#data = data;
  }

  async createLease(lease: LeaseContent): Promise<string> {
    const { namespace, leaseName: name } = this.#data;
    const body = leaseBody(name, lease);
    const made = await this.#call(`create Lease ${name}`, ({ leases }) =>
      leases.createNamespacedLease({ namespace, body }),
    );
    return made.metadata?.resourceVersion ?? '';
  }

  async replaceLease(lease: LeaseContent, resourceVersion: string): Promise<string> {
    const { namespace, leaseName: name } = this.#data;
    const body = leaseBody(name, lease, resourceVersion);
    const made = await this.#call(`replace Lease ${name}`, ({ leases }) =>
      leases.replaceNamespacedLease({ namespace, name, body }),
    );
    return made.metadata?.resourceVersion ?? '';
  }

  async applyNode({ name, address, kind, bus, owner }: DmqNodeContent): Promise<void> {
    const metadata = { name, labels: { [observedLabel]: 'true' }, ...ownedBy(owner) };
    const body = { ...nodeHead, metadata, spec: { address: formatNodeUri(address), kind, bus } };
    await this.#call(`apply DmqNode ${name}`, ({ objects }) =>
      objects.patchNamespacedCustomObject(this.#applied(name, body, manager), applying),
    );
  }

  async applyStatus(name: string, status: DmqNodeStatus): Promise<void> {
    await this.#applyStatus(name, status, manager);
  }

  async applyView(name: string, view: NodeViewpoint): Promise<void> {
    // Under another name than the leader's part: so each of both keeps to its own fields.
    await this.#applyStatus(name, { view }, `${manager}-view`);
  }

  async deleteNode(name: string, uid: string): Promise<void> {
    const { namespace } = this.#data;
    const body = { preconditions: { uid } };
    await this.#call(`delete DmqNode ${name}`, ({ objects }) =>
      objects.deleteNamespacedCustomObject({ group, version, namespace, plural, name, body }),
    );
  }

  async createEvent({ reason, type, note, subject, time }: ClusterEvent): Promise<string> {
    const { namespace, instance } = this.#data;
    const apiVersion = subject.kind === 'Pod' ? 'v1' : `${group}/${version}`;
    const body = {
      // A name that is generated must not end in a dot before its random part.
      metadata: { generateName: `${subject.name}-`, namespace },
      eventTime: new V1MicroTime(time),
      reportingController: `${group}/${manager}`,
      reportingInstance: instance,
      action: reason,
      reason,
      type,
      note,
      regarding: { apiVersion, namespace, ...subject },
    };
    const made = await this.#call(`create Event ${reason}`, ({ events }) =>
      events.createNamespacedEvent({ namespace, body }),
    );
    return made.metadata?.name ?? '';
  }

  async repeatEvent(name: string, count: number, time: number): Promise<void> {
    const { namespace } = this.#data;
    const body = { series: { count, lastObservedTime: new Date(time).toISOString().replace('Z', '000Z') } };
    await this.#call(`patch Event ${name}`, ({ events }) =>
      events.patchNamespacedEvent({ namespace, name, body }, merging),
    );
  }

  async #applyStatus(name: string, status: object, fieldManager: string): Promise<void> {
    const body = { ...nodeHead, metadata: { name }, status };
    await this.#call(`apply status of DmqNode ${name}`, ({ objects }) =>
      objects.patchNamespacedCustomObjectStatus(this.#applied(name, body, fieldManager), applying),
    );
  }

  #applied(name: string, body: object, fieldManager: string) {
    return { group, version, namespace: this.#data.namespace, plural, name, body, fieldManager, force: true };
  }

  async #call<T>(what: string, call: (apis: ClientApis) => Promise<T>): Promise<T> {
    try {
      this.#apis ??= clientApis(this.#data.pathPrefix);
      return await call(this.#apis);
    } catch (cause) {
      const error = clientError(what, cause);
      // With the next call credentials are read anew, and a new connection is made.
      if (error.code === 'UNAUTHORIZED' || error.code === 'UNREACHABLE') this.#apis = undefined;
      throw error;
    }
  }
}

const nodeHead = { apiVersion: `${group}/${version}`, kind: 'DmqNode' };

function ownedBy(owner: ObjectReference | undefined) {
  return owner === undefined ? {} : { ownerReferences: [{ ...owner, controller: false, blockOwnerDeletion: false }] };
}

function leaseBody(name: string, lease: LeaseContent, resourceVersion?: string) {
  const { holder, durationMs, acquiredAt, renewedAt, transitions, owner } = lease;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, ...(resourceVersion !== undefined && { resourceVersion }), ...ownedBy(owner) },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: Math.max(1, Math.round(durationMs / 1_000)),
      acquireTime: new V1MicroTime(acquiredAt),
      renewTime: new V1MicroTime(renewedAt),
      leaseTransitions: transitions,
    },
  };
}
