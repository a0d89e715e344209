import type { ObjectReference } from './observed-pod.ts';

/** What the holder writes into the Lease of the bus. Times are milliseconds since 1970. */
export interface LeaseContent {
  /** Empty: given back. */
  readonly holder: string;
  readonly durationMs: number;
  readonly acquiredAt: number;
  readonly renewedAt: number;
  /** How often it went to another holder. */
  readonly transitions: number;
  /** The Lease goes when this one goes. */
  readonly owner: ObjectReference | undefined;
}

/** The Lease as it stands in Kubernetes. */
export interface LeaseRecord {
  readonly holder: string;
  readonly durationMs: number;
  readonly acquiredAt: number;
  readonly transitions: number;
  /** Changes with each renewal. */
  readonly version: string;
}
