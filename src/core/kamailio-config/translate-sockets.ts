import { formatListenAddress, listenFormat } from '../settings/address-formats.ts';
import type { KamailioConfig, KamailioSocket } from './kamailio-config.ts';
import type { LeftOut } from './left-out.ts';

export interface TranslatedSockets {
  /** Undefined: kdmq listens where server_address says. */
  readonly listen: { readonly value: readonly string[]; readonly line: number } | undefined;
  readonly leftOut: readonly LeftOut[];
}

/** The sockets that kdmq can bind. What a socket advertises is Kamailio's affair: kdmq announces server_address. */
export function translateSockets({ sockets, core }: KamailioConfig, hasTls: boolean): TranslatedSockets {
  const leftOut: LeftOut[] = [];
  const listen = new Set<string>();
  const port = core.get('port')?.value;
  for (const socket of sockets) {
    const { line, advertise } = socket;
    const what = `listen=${socket.text}`;
    const reading = listenFormat.read(withPort(socket, port));
    if (!reading.ok) {
      leftOut.push({
        line,
        what,
        why: `it ${reading.problem}; kdmq listens on udp, tcp and tls at IP addresses: write the address that is meant`,
      });
      continue;
    }
    const usable = reading.value.filter(({ transport }) => transport !== 'tls' || hasTls);
    if (usable.length < reading.value.length) {
      leftOut.push({
        line,
        what,
        why: 'TLS needs tls_certificate and tls_private_key, which no modparam of the module tls names',
      });
    }
    for (const one of usable) listen.add(formatListenAddress(one));
    if (advertise !== undefined) {
      leftOut.push({ line, what: `advertise ${advertise}`, why: 'kdmq announces its server_address and nothing else' });
    }
  }
  for (const name of ['advertised_address', 'advertised_port']) {
    const given = core.get(name);
    if (given !== undefined) {
      leftOut.push({
        line: given.line,
        what: `${name}=${given.value}`,
        why: 'kdmq announces its server_address and nothing else',
      });
    }
  }
  const [first] = sockets;
  const value = [...listen];
  return { listen: first === undefined || value.length === 0 ? undefined : { value, line: first.line }, leftOut };
}

/** `port=` holds for the sockets that have none. */
function withPort({ text }: KamailioSocket, port: string | undefined): string {
  if (port === undefined || /(^|[^:]):\d+$|\]:\d+$/.test(text)) return text;
  return `${text}:${port}`;
}
