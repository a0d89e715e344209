import type { Binding } from './bindings/binding.ts';
import type { CertificateName } from './http/certificate-names.ts';
import type { NamedOwner } from './http/token-owner-role.ts';
import type { LogLevel } from './log-level.ts';
import type { DbUrl } from './mqueue/db-url.ts';
import type { MqueueDefinition } from './mqueue/mqueue-definition.ts';
import type { NodeUri, TransportName } from './node-uri.ts';

/** One socket to bind. `host` is an IP literal without brackets; `0.0.0.0` or `::` for all. */
export interface ListenAddress {
  readonly transport: TransportName;
  readonly host: string;
  readonly port: number;
}

/** A socket for HTTP. `host` is an IP literal without brackets; `0.0.0.0` or `::` for all. */
export interface HttpAddress {
  readonly host: string;
  readonly port: number;
}

/** Whether and where HTTP is served. */
export type HttpListen = { readonly kind: 'off' } | ({ readonly kind: 'address' } & HttpAddress);

/** Which senders are answered as members of the bus. */
export type Admission =
  | { readonly kind: 'private' | 'known' | 'open' }
  | { readonly kind: 'cidr'; readonly ranges: readonly string[] };

/**
 * All settings of a node after reading, checking and defaulting. Names are Kamailio's where Kamailio has the
 * parameter (dmq module; tls module with the prefix `tls_`). Times are in seconds as there.
 */
export interface Settings {
  readonly server_address: { readonly host: string; readonly port: number; readonly transport: TransportName };
  readonly server_socket: ListenAddress | undefined;
  readonly listen: readonly ListenAddress[];
  readonly notification_address: readonly {
    readonly host: string;
    readonly port: number | undefined;
    readonly transport: TransportName;
  }[];
  readonly multi_notify: boolean;
  readonly resolv_conf: string;
  readonly notification_channel: string;
  readonly num_workers: number;
  readonly worker_queue: number;
  readonly worker_usleep: number;
  readonly ping_interval: number;
  readonly probe_interval: number;
  readonly remove_inactive: boolean;
  readonly fail_count_enabled: boolean;
  readonly fail_count_threshold_not_active: number;
  readonly fail_count_threshold_disabled: number;
  readonly admission: Admission;
  readonly max_message_size: number;
  readonly max_connections: number;
  readonly max_connections_per_address: number;
  readonly tls_certificate: string | undefined;
  readonly tls_private_key: string | undefined;
  readonly tls_ca_list: string | undefined;
  readonly tls_require_certificate: boolean;
  readonly tls_server_name: string | undefined;
  readonly mqueue: readonly MqueueDefinition[];
  /** Undefined: the queues are kept in files in `data_dir`. User and password in it are those of the URL alone. */
  readonly db_url: DbUrl | undefined;
  /** Goes before the user of the URL. */
  readonly db_username: string | undefined;
  /** As set, or as `db_password_file` has it. Goes before the password of the URL. */
  readonly db_password: string | undefined;
  readonly db_password_file: string | undefined;
  readonly db_tls_ca_list: string | undefined;
  readonly db_tls_certificate: string | undefined;
  readonly db_tls_private_key: string | undefined;
  readonly db_tls_server_name: string | undefined;
  readonly db_connect_timeout: number;
  readonly db_command_timeout: number;
  readonly db_replicas: number;
  readonly data_dir: string;
  readonly data_fsync: 'always' | 'everysec' | 'no';
  readonly cluster_name: string;
  readonly partition: string;
  /** Bytes. */
  readonly mqueue_total_bytes: number;
  readonly mqueue_adopt: boolean;
  readonly mqueue_orphan_after: number;
  readonly bindings: readonly Binding[];
  readonly kubernetes: 'auto' | 'off';
  readonly pod_ip_family: 'any' | 'ipv4' | 'ipv6';
  readonly pod_transport: TransportName;
  readonly kubernetes_namespace: string | undefined;
  readonly pod_name: string | undefined;
  readonly pod_uid: string | undefined;
  readonly pod_selector: string | undefined;
  readonly headless_service: string | undefined;
  readonly lease_name: string;
  readonly observed_nodes_limit: number;
  /** A capture server. `host` may be a DNS name. */
  readonly duplicate_uri: NodeUri | undefined;
  readonly hep_capture_id: number;
  readonly http_listen: HttpListen;
  readonly http_access: 'auto' | 'open';
  readonly http_read_token: string | undefined;
  readonly http_read_token_file: string | undefined;
  readonly http_write_token: string | undefined;
  readonly http_write_token_file: string | undefined;
  readonly http_token_review: boolean;
  readonly http_token_review_read: readonly NamedOwner[];
  readonly http_token_review_write: readonly NamedOwner[];
  readonly http_token_review_audience: string;
  readonly http_metrics_access: 'open' | 'token';
  readonly http_refusal_limit: number;
  /** Requests a second of one client; 0: no limit. */
  readonly http_rate_limit: number;
  readonly http_tls_certificate: string | undefined;
  readonly http_tls_private_key: string | undefined;
  readonly http_tls_client_ca: string | undefined;
  readonly http_tls_client_role: 'read' | 'write';
  readonly http_tls_client_write: readonly CertificateName[];
  /** Bytes. */
  readonly http_max_body: number;
  readonly http_max_connections: number;
  readonly http_request_timeout: number;
  readonly shutdown_grace: number;
  readonly log_level: LogLevel;
  readonly log_format: 'auto' | 'json' | 'pretty';
}
