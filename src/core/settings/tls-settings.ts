import type { SettingGroup } from './setting-declaration.ts';
import { booleanFormat, dnsNameFormat, pathFormat } from './setting-formats.ts';

/** TLS, with the parameters of Kamailio's tls module under the prefix `tls_`. The files are watched and read again. */
export const tlsSettings = {
  tls_certificate: {
    format: pathFormat,
    default: undefined,
    defaultText: 'none',
    doc: 'The certificate of the node and the chain above it (PEM). Needed to listen on TLS.',
    source: 'tls',
    secret: false,
    reloadable: false,
  },
  tls_private_key: {
    format: pathFormat,
    default: undefined,
    defaultText: 'none',
    doc: 'The private key that belongs to the certificate (PEM). Needed to listen on TLS.',
    source: 'tls',
    secret: false,
    reloadable: false,
  },
  tls_ca_list: {
    format: pathFormat,
    default: undefined,
    defaultText: "the machine's authorities",
    doc: 'The certificates of the authorities that are trusted (PEM).',
    source: 'tls',
    secret: false,
    reloadable: false,
  },
  tls_require_certificate: {
    format: booleanFormat,
    default: true,
    doc: 'On: who connects must show a certificate of a trusted authority.',
    deviation: 'Kamailio has 0.',
    source: 'tls',
    secret: false,
    reloadable: false,
  },
  tls_server_name: {
    format: dnsNameFormat,
    default: undefined,
    defaultText: 'the address itself must stand in the certificate',
    doc: 'The DNS name that must stand in the certificates of other nodes (nodes announce IP addresses, certificates hold names).',
    source: 'tls',
    secret: false,
    reloadable: false,
  },
} satisfies SettingGroup<
  'tls_certificate' | 'tls_private_key' | 'tls_ca_list' | 'tls_require_certificate' | 'tls_server_name'
>;
