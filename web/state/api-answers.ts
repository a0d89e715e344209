/** What the node answers under /api/v1, as far as the page shows it. docs/http.md has the rest. */

export type NodeStatus = 'active' | 'not_active' | 'disabled';
export type Role = 'read' | 'write';

export interface ThisNode {
  readonly uri: string;
  readonly instance: string;
  readonly version: string;
  readonly uptimeMs: number;
  readonly joined: boolean;
  readonly stopping: boolean;
  readonly ready: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly result: 'ok' | 'failed' | 'note';
    readonly detail: string;
  }[];
  readonly kubernetes: { readonly state: string; readonly detail: string; readonly holder: string };
  readonly store: string;
  readonly role: Role;
}

export interface ListedNode {
  readonly uri: string;
  readonly status: NodeStatus;
  readonly local: boolean;
  readonly kind: string;
  readonly software: string;
  readonly suspected: boolean;
  readonly seenAgoMs?: number;
  readonly roundTripMs?: number;
  readonly failCount: number;
}

export interface View {
  readonly uri: string;
  readonly kind: string;
  readonly local: boolean;
  readonly partial: boolean;
  readonly nodes?: readonly { readonly uri: string; readonly status: NodeStatus }[];
  readonly roundTripMs?: number;
  readonly error?: string;
  readonly code?: number;
}

export type Outcomes = Readonly<Record<string, number>>;

export interface Channel {
  readonly name: string;
  readonly role: 'peer' | 'own' | 'sent';
  readonly description?: string;
  readonly counts?: { readonly received: Outcomes; readonly sent: Outcomes };
}

export interface Queue {
  readonly name: string;
  readonly state: string;
  readonly why?: string;
  readonly definition: string;
  readonly durability: string;
  readonly leaseMs: number;
  readonly size: number;
  readonly delayed: number;
  readonly leased: number;
  readonly bytes: number;
  readonly oldestMs?: number;
  readonly waiting: number;
  readonly counts: {
    readonly added: number;
    readonly fetched: number;
    readonly expired: number;
    readonly deadLettered: number;
    readonly refused: number;
    readonly dropped: Readonly<Record<string, number>>;
  };
}

export type Bytes = string | { readonly base64: string };

export interface Item {
  readonly id: string;
  readonly partition: string;
  readonly key: Bytes;
  readonly value: Bytes;
  readonly addedAt?: string;
  readonly deliveries: number;
  readonly receipt?: string;
  readonly leasedUntil?: string;
}

/** What is wrong (RFC 9457). */
export interface Problem {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly status: number;
}
