import { byteQuantity } from './byte-format.ts';
import { httpListenFormat } from './http-formats.ts';
import type { SettingGroup } from './setting-declaration.ts';
import { seconds, wholeNumber } from './setting-formats.ts';

/** The HTTP interface of `kdmq start`. A node that a program makes with the library serves no HTTP. */
export const httpSettings = {
  http_listen: {
    format: httpListenFormat,
    default: { kind: 'address', host: '127.0.0.1', port: 8080 },
    doc: 'Where HTTP is served. `off`: nowhere.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  http_max_body: {
    format: byteQuantity(1_024),
    default: 2 * 1_024 ** 2,
    doc: 'The longest body of a request; a longer one gets 413.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  http_max_connections: {
    format: wholeNumber({ min: 1, max: 100_000, unit: 'connections' }),
    default: 1_000,
    doc: 'How many connections are held at the same time; one more is closed at once.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  http_request_timeout: {
    format: seconds({ min: 1, max: 3600, parts: true }),
    default: 30,
    doc: 'How long a request may take to arrive, from its first byte to the last one of its body; a slower one gets 408.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
} satisfies SettingGroup<'http_listen' | 'http_max_body' | 'http_max_connections' | 'http_request_timeout'>;
