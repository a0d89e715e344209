import type { CertificateName } from '../http/certificate-names.ts';
import type { NamedOwner } from '../http/token-owner-role.ts';
import { byteQuantity } from './byte-format.ts';
import { certificateNamesFormat } from './certificate-name-format.ts';
import { httpListenFormat, tokenFormat } from './http-formats.ts';
import type { SettingDeclaration, SettingGroup } from './setting-declaration.ts';
import { booleanFormat, choice, pathFormat, seconds, wholeNumber } from './setting-formats.ts';
import { audienceFormat, tokenOwnersFormat } from './token-owner-format.ts';

function token(doc: string): SettingDeclaration<string> {
  return {
    format: tokenFormat,
    default: undefined,
    defaultText: 'none',
    doc,
    source: 'kdmq',
    secret: true,
    reloadable: false,
  };
}

function tokenFile(beside: string): SettingDeclaration<string> {
  return {
    format: pathFormat,
    default: undefined,
    defaultText: 'none',
    doc: `A file with such tokens, one a line; \`${beside}\` may be set besides. It is read again when it changes, as a mounted Secret does.`,
    source: 'kdmq',
    secret: false,
    reloadable: false,
  };
}

function tokenOwners(doc: string): SettingDeclaration<readonly NamedOwner[]> {
  return {
    format: tokenOwnersFormat,
    default: [],
    doc: `${doc} \`serviceaccount:NAMESPACE/NAME\`, \`user:NAME\` or \`group:NAME\`. Goes with \`http_token_review\`.`,
    source: 'kdmq',
    secret: false,
    reloadable: false,
  };
}

function tlsFile(doc: string): SettingDeclaration<string> {
  return {
    format: pathFormat,
    default: undefined,
    defaultText: 'none',
    doc: `${doc} The file is watched and read again.`,
    source: 'kdmq',
    secret: false,
    reloadable: false,
  };
}

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
  http_access: {
    format: choice(['auto', 'open']),
    default: 'auto',
    doc: '`auto`: tokens and client certificates decide; with none of them set, programs of this machine may do everything at a loopback address, and at any other address only `/livez`, `/readyz`, `/metrics` and an empty dashboard are served. `open`: everybody who can connect may do everything.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  http_read_token: token('The bearer token of those who may look.'),
  http_read_token_file: tokenFile('http_read_token'),
  http_write_token: token('The bearer token of those who may look and change.'),
  http_write_token_file: tokenFile('http_write_token'),
  http_token_review: {
    format: booleanFormat,
    default: false,
    doc: 'Whether the Kubernetes API is asked about bearer tokens that are none of the above (TokenReview), so that `kubectl create token` makes a login. Only who is named by the next two settings gets a role. The node needs the right to create `tokenreviews`.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  http_token_review_read: tokenOwners('Whose tokens have the role read.'),
  http_token_review_write: tokenOwners('Whose tokens have the role write, which may look as well.'),
  http_token_review_audience: {
    format: audienceFormat,
    default: 'kdmq',
    doc: 'The audience that such a token has to be made for. A token for this audience opens nothing else; one for the Kubernetes API itself is refused.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  http_metrics_access: {
    format: choice(['open', 'token']),
    default: 'open',
    doc: '`open`: `/metrics` is served to everybody who can connect. `token`: to those who may look.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  http_refusal_limit: {
    format: wholeNumber({ min: 1, max: 1_000_000, unit: 'refusals' }),
    default: 30,
    doc: 'How many requests of one client address may be refused within a minute (401, 403); beyond that it gets 429 for them. Requests that may be served are served all the same.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  http_rate_limit: {
    format: wholeNumber({ min: 0, max: 1_000_000, unit: 'requests a second' }),
    default: 1_000,
    doc: 'How many requests one client address may make a second, and after a pause at once; beyond that it gets 429 with `Retry-After`. GET is counted apart from the rest, so that one can look while a program does much. A broadcast and an export count as ten, a batch of `/RPC` as many as its calls, a list of items one for each hundred; none as more than half of the limit. `/livez` and `/readyz` are always answered. `0`: no limit.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  http_tls_certificate: tlsFile(
    'The certificate of the HTTP interface and the chain above it (PEM). With it HTTPS is served, and HTTP no longer.',
  ),
  http_tls_private_key: tlsFile('The private key that belongs to it (PEM).'),
  http_tls_client_ca: tlsFile(
    'The authorities that sign the certificates of clients (PEM). With it a client needs a certificate for all but `/livez`, `/readyz` and an open `/metrics`.',
  ),
  http_tls_client_role: {
    format: choice(['read', 'write']),
    default: 'read',
    doc: 'What a client with such a certificate may do: look, or look and change. A token of the role write may be shown besides.',
    source: 'kdmq',
    secret: false,
    reloadable: false,
  },
  http_tls_client_write: {
    format: certificateNamesFormat,
    default: [] as readonly CertificateName[],
    doc: 'Whose certificates have the role write whatever `http_tls_client_role` says: `dns:NAME`, `uri:URI` or `email:ADDRESS` of the subjectAltName, or `cn:NAME` of the subject. Goes with `http_tls_client_ca`.',
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
} satisfies SettingGroup<
  | 'http_listen'
  | 'http_access'
  | 'http_read_token'
  | 'http_read_token_file'
  | 'http_write_token'
  | 'http_write_token_file'
  | 'http_token_review'
  | 'http_token_review_read'
  | 'http_token_review_write'
  | 'http_token_review_audience'
  | 'http_metrics_access'
  | 'http_refusal_limit'
  | 'http_rate_limit'
  | 'http_tls_certificate'
  | 'http_tls_private_key'
  | 'http_tls_client_ca'
  | 'http_tls_client_role'
  | 'http_tls_client_write'
  | 'http_max_body'
  | 'http_max_connections'
  | 'http_request_timeout'
>;
