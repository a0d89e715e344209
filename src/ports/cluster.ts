import type { ClusterWriter } from './cluster-writer.ts';
import type { DeclaredNodeSource, DmqNodeSource, EndpointSource, LeaseSource, PodSource } from './pod-source.ts';

/** The Kubernetes API, as far as the controller needs it. */
export interface Cluster {
  /** Undefined when no pods are to be watched. */
  readonly pods: PodSource | undefined;
  /** Undefined without a headless service. */
  readonly endpoints: EndpointSource | undefined;
  /** DmqNodes that users made. */
  readonly declared: DeclaredNodeSource;
  /** DmqNodes that nodes of ours made. */
  readonly observed: DmqNodeSource;
  readonly lease: LeaseSource;
  readonly writer: ClusterWriter;
  /** Ends all connections. What is under way fails. */
  close(): Promise<void>;
}
