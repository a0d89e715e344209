import { listenFormat, socketFormat } from './address-formats.ts';
import type { SettingGroup } from './setting-declaration.ts';
import { wholeNumber } from './setting-formats.ts';

/** What is bound and how much is taken in. */
export const sipSettings = {
  listen: {
    format: listenFormat,
    default: undefined,
    defaultText:
      'UDP and TCP on the host and port of `server_socket`, or else of `server_address`; TLS when its transport is TLS',
    doc: 'The sockets that the node listens on, as Kamailio writes them. `*` stands for all IPv4 addresses, `[::]` for all IPv6 addresses. Without a transport UDP and TCP are meant, without a port 5060, or 5061 for TLS.',
    source: 'core',
    secret: false,
    reloadable: false,
  },
  server_socket: {
    format: socketFormat,
    default: undefined,
    defaultText: 'the first socket of `listen` that can reach the target',
    doc: 'The socket that requests are sent from, where it can reach their target. It is bound too when `listen` does not name it.',
    source: 'dmq',
    secret: false,
    reloadable: false,
  },
  num_workers: {
    format: wholeNumber({ min: 1, max: 1024, unit: 'messages' }),
    default: 2,
    doc: 'How many messages are being handled at the same time. With 1 the messages of a channel are handled in the order of their arrival.',
    deviation: 'Kamailio counts processes; handlers here are asynchronous and share one.',
    source: 'dmq',
    secret: false,
    reloadable: true,
  },
  worker_queue: {
    format: wholeNumber({ min: 1, max: 1_000_000, unit: 'messages' }),
    default: 1024,
    doc: 'How many messages of a channel may wait for a worker. Further ones are answered with 503 and Retry-After.',
    deviation: 'Kamailio queues without a limit.',
    source: 'kdmq',
    secret: false,
    reloadable: true,
  },
  worker_usleep: {
    format: wholeNumber({ min: 0, max: 1_000_000_000, unit: 'microseconds' }),
    default: 0,
    doc: 'Taken for the sake of existing configurations.',
    deviation: 'Without effect: nothing here waits by polling.',
    source: 'dmq',
    secret: false,
    reloadable: false,
  },
  max_message_size: {
    format: wholeNumber({ min: 4096, max: 16_777_216, unit: 'bytes' }),
    default: 65_536,
    doc: 'The longest message that is read from a stream, header and body together. A UDP datagram is never longer than 65,507 bytes.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  max_connections: {
    format: wholeNumber({ min: 1, max: 1_000_000, unit: 'connections' }),
    default: 2048,
    doc: 'How many TCP and TLS connections may be open at the same time (Kamailio: tcp_max_connections).',
    source: 'core',
    secret: false,
    reloadable: false,
  },
  max_connections_per_address: {
    format: wholeNumber({ min: 1, max: 1_000_000, unit: 'connections' }),
    default: 64,
    doc: 'How many of them may come from one address.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
} satisfies SettingGroup<
  | 'listen'
  | 'server_socket'
  | 'num_workers'
  | 'worker_queue'
  | 'worker_usleep'
  | 'max_message_size'
  | 'max_connections'
  | 'max_connections_per_address'
>;
