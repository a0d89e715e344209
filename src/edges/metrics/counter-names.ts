/** How a counter of the node (`node.counters()`) is called in metrics. */
export interface CounterName {
  readonly name: string;
  /** What its metric is called; undefined where another metric has it in more detail. */
  readonly metric: string | undefined;
  /** What the reason of the counter is called; undefined for a counter without reasons. */
  readonly label: string | undefined;
  /** The reasons that are known, shown from the beginning; others are shown when they are counted. */
  readonly reasons: readonly string[];
  readonly help: string;
}

const transports = ['udp', 'tcp', 'tls'];
const streams = ['tcp', 'tls'];
const failures = ['timeout', 'unreachable', 'overflow', 'too_large', 'untrusted', 'stopped'];

type Options = { readonly label?: string; readonly reasons?: readonly string[] };

function shown(name: string, metric: string, help: string, { label, reasons = [] }: Options = {}): CounterName {
  return { name, metric: `kdmq_${metric}_total`, label, reasons, help };
}

function inDetail(name: string): CounterName {
  return { name, metric: undefined, label: undefined, reasons: [], help: '' };
}

const reason = (...reasons: readonly string[]): Options => ({ label: 'reason', reasons });
const transport = (reasons: readonly string[]): Options => ({ label: 'transport', reasons });

/** All counters. A test compares them with the source and the reference with them. */
export const COUNTER_NAMES: readonly CounterName[] = [
  inDetail('messages_sent'),
  shown(
    'messages_refused',
    'messages_refused',
    'Messages that no peer got.',
    reason('stranger', 'no_peer', 'buried', 'full'),
  ),
  shown('peer_failures', 'peer_failures', 'Messages whose peer threw: 500.'),
  shown('node_transitions', 'node_transitions', 'What happened to other nodes.', {
    label: 'transition',
    reasons: ['joined', 'suspected', 'recovered', 'died', 'left', 'removed'],
  }),
  shown('nodes_refused', 'nodes_refused', 'Nodes that were heard of and not taken in.', reason('full')),
  shown(
    'notification_lines_skipped',
    'notification_lines_skipped',
    'Lines of node lists that could not be used.',
    reason('unreadable', 'name'),
  ),
  shown('candidates_dropped', 'candidates_dropped', 'Named addresses that were not looked at.', reason('full')),
  shown('dns_lookups', 'dns_lookups', 'Look-ups of notification addresses.'),
  shown('dns_failures', 'dns_failures', 'Look-ups of notification addresses that were not complete.'),
  shown('views_asked', 'views_asked', 'Lists that nodes were asked for, to show who sees whom.', {
    label: 'outcome',
    reasons: ['answered', 'refused', 'not_asked', ...failures],
  }),
  shown('gossip_syncs', 'gossip_syncs', 'Whole lists exchanged among our own nodes.'),
  shown('gossip_answered', 'gossip_answered', 'Gossip requests that were answered.'),
  shown('gossip_unreadable', 'gossip_unreadable', 'Gossip that could not be read: 400.'),
  shown('facts_ignored', 'facts_ignored', 'What was said about nodes that are gone for certain.', reason('buried')),
  shown('kubernetes_watch_ends', 'kubernetes_watch_ends', 'Watches that ended, by resource and code.', reason()),
  shown(
    'kubernetes_write_failures',
    'kubernetes_write_failures',
    'Writes to the Kubernetes API that failed.',
    reason(),
  ),
  shown('kubernetes_lease_failures', 'kubernetes_lease_failures', 'Failures to take or to renew the Lease.', reason()),
  shown(
    'kubernetes_events_dropped',
    'kubernetes_events_dropped',
    'Events that were not written.',
    reason('full', 'no_subject'),
  ),
  shown(
    'observed_nodes_refused',
    'observed_nodes_refused',
    'Nodes without a DmqNode: there are observed_nodes_limit.',
    reason('limit'),
  ),
  inDetail('bindings_received'),
  inDetail('bindings_sent'),
  inDetail('mqueue_added'),
  inDetail('mqueue_fetched'),
  inDetail('mqueue_redelivered'),
  inDetail('mqueue_dropped'),
  inDetail('mqueue_expired'),
  inDetail('mqueue_dead_lettered'),
  shown(
    'mqueue_refused',
    'queue_refusals',
    'Adds that were refused in all queues, by the reason.',
    reason('size', 'bytes', 'total_bytes', 'too_large', 'store'),
  ),
  shown('mqueue_store_errors', 'store_errors', 'Calls of the store of queues that failed.', {
    label: 'code',
    reasons: ['STORE_UNAVAILABLE'],
  }),
  shown('http_requests', 'http_requests', 'Requests over HTTP, by the class of the answer.', {
    label: 'status',
    reasons: ['2xx', '3xx', '4xx', '5xx'],
  }),
  shown(
    'http_requests_unreadable',
    'http_requests_unreadable',
    'What came over HTTP and could not be read.',
    reason('malformed', 'header', 'timeout', 'reset', 'url'),
  ),
  shown(
    'http_requests_refused',
    'http_requests_refused',
    'Requests over HTTP that were refused: 401, 403, 429.',
    reason(
      'unset',
      'no_token',
      'wrong_token',
      'unnamed_token',
      'no_certificate',
      'role',
      'host',
      'cross_site',
      'too_many',
      'rate',
    ),
  ),
  shown('http_token_reviews', 'http_token_reviews', 'Tokens that the Kubernetes API was asked about.', {
    label: 'outcome',
    reasons: ['known', 'unnamed', 'wrong', 'unavailable', 'full'],
  }),
  shown(
    'http_connections_refused',
    'http_connections_refused',
    'Connections for HTTP that were closed at once.',
    reason('total', 'per_address', 'tls_handshake'),
  ),
  shown(
    'http_connections_cut',
    'http_connections_cut',
    'Connections for HTTP that were closed with requests under way.',
    reason('pipelined', 'stalled'),
  ),
  shown(
    'http_calls_refused',
    'http_calls_refused',
    'Calls over HTTP beyond what is carried out at the same time.',
    reason('wait', 'export', 'answer', 'events', 'trace'),
  ),
  shown('http_events_clients_cut', 'http_events_clients_cut', 'Clients of /events that did not read and were cut.'),
  shown(
    'http_events_dropped',
    'http_events_dropped',
    'Events that clients of /events were not told.',
    reason('message'),
  ),
  shown('otel_spans_exported', 'otel_spans_exported', 'Spans that a collector took.'),
  shown(
    'otel_spans_dropped',
    'otel_spans_dropped',
    'Spans that no collector got.',
    reason('full', 'failed', 'rejected', 'stopped'),
  ),
  shown('sip_traced', 'sip_traced', 'Messages that were written to a SIP trace.'),
  shown(
    'sip_trace_dropped',
    'sip_trace_dropped',
    'Messages that are missing in a SIP trace, because its reader was too slow.',
  ),
  shown('hep_sent', 'hep_sent', 'SIP messages that were sent to the capture server.'),
  shown(
    'hep_dropped',
    'hep_dropped',
    'SIP messages that were not sent to the capture server.',
    reason('unreachable', 'no_address', 'overflow', 'too_large', 'not_sip'),
  ),
  shown(
    'sip_requests_received',
    'sip_requests_received',
    'SIP requests, retransmissions among them.',
    transport(transports),
  ),
  shown('sip_requests_sent', 'sip_requests_sent', 'SIP requests.', { label: 'method', reasons: ['kdmq', 'other'] }),
  shown('sip_requests_failed', 'sip_requests_failed', 'SIP requests without a final reply.', reason(...failures)),
  shown('sip_replies_received', 'sip_replies_received', 'SIP replies.', transport(transports)),
  shown('sip_replies_sent', 'sip_replies_sent', 'SIP replies.', transport(transports)),
  shown(
    'sip_replies_unsent',
    'sip_replies_unsent',
    'SIP replies that could not be sent.',
    reason('unreachable', 'overflow', 'too_large'),
  ),
  shown(
    'sip_retransmissions_received',
    'sip_retransmissions_received',
    'Requests that came again and were answered from the cache.',
  ),
  shown('sip_retransmissions_sent', 'sip_retransmissions_sent', 'Our requests that were sent again.'),
  shown(
    'sip_replies_cached_evicted',
    'sip_cached_replies_evicted',
    'Replies that were forgotten early.',
    reason('entries', 'bytes'),
  ),
  shown('sip_malformed', 'sip_malformed', 'SIP requests that could not be read, by the code of the answer.', {
    label: 'code',
    reasons: ['400'],
  }),
  shown(
    'sip_dropped',
    'sip_dropped',
    'What came over SIP and got no answer.',
    reason(
      'ack',
      'bad_ack',
      'bad_reply',
      'late_reply',
      'stray_reply',
      'no_via',
      'not_framed',
      'hep',
      'keep_alive',
      'unanswerable',
    ),
  ),
  shown('sip_keep_alives_received', 'sip_keep_alives_received', 'Keep-alives on streams (RFC 5626).'),
  shown('sip_connections_accepted', 'sip_connections_accepted', 'Connections from others.', transport(streams)),
  shown('sip_connections_opened', 'sip_connections_opened', 'Connections to others.', transport(streams)),
  shown('sip_connections_closed', 'sip_connections_closed', 'Connections that ended.', transport(streams)),
  shown(
    'sip_connections_refused',
    'sip_connections_refused',
    'Connections that were closed at once.',
    reason('total', 'per_address', 'tls_handshake'),
  ),
  shown(
    'sip_connections_cut',
    'sip_connections_cut',
    'Connections that were cut: too slow, too much waiting, or a length that can not be.',
    reason('connect', 'stalled', 'header', 'message', 'write_buffer', 'framing'),
  ),
  shown('sip_socket_errors', 'sip_socket_errors', 'Errors of listening sockets.', transport(transports)),
];
