import { formatHostPort } from '../node-uri.ts';

/** A host of a server: a DNS name in lower case, an IPv4 address, or an IPv6 address without brackets. */
export interface DbHost {
  readonly host: string;
  readonly port: number;
}

export interface DbUser {
  readonly username?: string;
  readonly password?: string;
}

/** Where queues are kept, as `db_url` says it. */
export type DbUrl =
  /** One server. With `path` it is reached by that unix socket; host is then empty and port 0. */
  | ({ readonly kind: 'redis'; readonly tls: boolean; readonly path?: string; readonly db: number } & DbHost & DbUser)
  /** The master called `name` that these sentinels know. */
  | ({
      readonly kind: 'sentinel';
      readonly name: string;
      readonly sentinels: readonly DbHost[];
      readonly tls: boolean;
      readonly db: number;
    } & DbUser)
  | ({ readonly kind: 'cluster'; readonly nodes: readonly DbHost[]; readonly tls: boolean } & DbUser)
  /** Files in this folder. */
  | { readonly kind: 'file'; readonly path: string };

/** Writes the URL with its ports, the password masked: `redis://kdmq:(hidden)@10.0.0.9:6379/1`. */
export function formatDbUrl(url: DbUrl): string {
  const scheme = url.kind !== 'file' && url.tls ? 'rediss' : 'redis';
  switch (url.kind) {
    case 'file':
      return `file:${escapedPath(url.path)}`;
    case 'redis':
      if (url.path !== undefined) return `unix:${escapedPath(url.path)}${url.db === 0 ? '' : `?db=${url.db}`}`;
      return `${scheme}://${formatUser(url)}${formatHostPort(url)}${formatDatabase(url.db)}`;
    case 'sentinel': {
      const sentinels = url.sentinels.map(formatHostPort).join(',');
      return `${scheme}+sentinel://${formatUser(url)}${sentinels}/${encodeURIComponent(url.name)}${formatDatabase(url.db)}`;
    }
    case 'cluster':
      return `${scheme}+cluster://${formatUser(url)}${url.nodes.map(formatHostPort).join(',')}`;
  }
}

/** Hides whatever may be a password in a text that could not be read as a `db_url`. Rather too much than too little. */
export function maskDbUrl(text: string): string {
  const [, scheme = '', rest = ''] = /^(\s*(?:[a-z][a-z0-9+.-]*:\/\/|(?:unix|file):))?(.*)$/is.exec(text) ?? [];
  const at = rest.lastIndexOf('@');
  const user = rest.slice(0, at + 1).replace(/^([^:@/]*)(:?).*@$/s, (_, name: string, colon: string) => {
    return colon === '' ? '(hidden)@' : `${name}:(hidden)@`;
  });
  const place = rest.slice(at + 1).replace(/([?&;](?!db=)[^=&;]*=)[^&;]*/g, '$1(hidden)');
  // Without an @ a password may stand where the port should be.
  const seen = at >= 0 || IPV6_BEGINS.test(place) ? place : place.replace(WHERE_A_PORT_SHOULD_BE, MASK);
  return `${scheme}${user}${seen}`;
}

const MASK = ':(hidden)';
const IPV6_BEGINS = /^(?:\[|[0-9a-f]*:[0-9a-f]*:)/i;
const WHERE_A_PORT_SHOULD_BE = /:(?![0-9]{1,5}(?:[/?#,]|$))[^?#,]*/g;

function formatUser({ username, password }: DbUser): string {
  if (username === undefined && password === undefined) return '';
  return `${encodeURIComponent(username ?? '')}${password === undefined ? '' : MASK}@`;
}

function formatDatabase(db: number): string {
  return db === 0 ? '' : `/${db}`;
}

function escapedPath(path: string): string {
  return path.replace(/[%?#\s]/g, encodeURIComponent);
}
