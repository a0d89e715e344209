import { closestName } from '../closest-name.ts';
import { shortestIpv6 } from '../ip-address.ts';
import { parseHost } from '../node-uri.ts';
import { type Reading, right, wrong } from '../settings/setting-format.ts';
import type { DbHost, DbUrl, DbUser } from './db-url.ts';

/** A server that is reached over the network, as the scheme says it. */
interface ServerScheme {
  readonly kind: 'redis' | 'sentinel' | 'cluster';
  readonly tls: boolean;
  readonly port: number;
}

const SERVER_SCHEMES: ReadonlyMap<string, ServerScheme> = new Map([
  ['redis', { kind: 'redis', tls: false, port: 6379 }],
  ['rediss', { kind: 'redis', tls: true, port: 6379 }],
  ['redis+sentinel', { kind: 'sentinel', tls: false, port: 26_379 }],
  ['rediss+sentinel', { kind: 'sentinel', tls: true, port: 26_379 }],
  ['redis+cluster', { kind: 'cluster', tls: false, port: 6379 }],
  ['rediss+cluster', { kind: 'cluster', tls: true, port: 6379 }],
]);

/**
 * Reads a `db_url`. What is wrong never holds a part of the text that may be a password. Percent escapes are read in user, password,
 * name of the master and paths.
 */
export function parseDbUrl(text: string): Reading<DbUrl> {
  const url = text.trim();
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(url) ?? [];
  const server = SERVER_SCHEMES.get(scheme.toLowerCase());
  if (server !== undefined) return readServer(server, scheme.toLowerCase(), rest);
  switch (scheme.toLowerCase()) {
    case 'unix':
      return readUnixSocket(rest);
    case 'file':
      return readFolder(rest);
    default:
      return wrongScheme(url, scheme.toLowerCase(), rest);
  }
}

function readServer(server: ServerScheme, scheme: string, rest: string): Reading<DbUrl> {
  if (!rest.startsWith('//')) return wrong(`has no // after ${scheme}:`);
  const end = rest.slice(2).search(/[/?#]/);
  const authority = end < 0 ? rest.slice(2) : rest.slice(2, end + 2);
  const tail = end < 0 ? '' : rest.slice(end + 2);
  if (tail.includes('@')) return wrong('has / ? or # in its user or password: write %2F, %3F or %23 for it');
  if (/[?#]/.test(tail)) return wrong('holds ? or #: it takes no parameters, they are settings of their own');
  const user = readUser(authority);
  if (!user.ok) return user;
  const hosts = readHosts(authority, server.port);
  if (!hosts.ok) return hosts;
  return withPlace(server, hosts.value, user.value, tail.split('/').slice(1));
}

/** What stands behind the hosts: the database, for sentinels the name of the master in front of it. */
function withPlace(
  { kind, tls }: ServerScheme,
  hosts: readonly DbHost[],
  user: DbUser,
  path: readonly string[],
): Reading<DbUrl> {
  const [first] = hosts;
  if (first === undefined) return wrong('names no host');
  const [master = '', ...rest] = kind === 'sentinel' ? path : ['', ...path];
  const db = readDatabase(rest);
  if (!db.ok) return db;
  if (kind === 'sentinel') {
    const name = decoded(master);
    if (master === '') return wrong('names no master: its name stands behind the sentinels, as in …/mymaster');
    if (name === undefined || !/^[A-Za-z0-9._-]+$/.test(name)) return wrong('has a name that no master can have');
    return right({ kind, name, sentinels: hosts, tls, db: db.value, ...user });
  }
  if (kind === 'cluster') {
    return db.value === 0
      ? right({ kind, nodes: hosts, tls, ...user })
      : wrong('names a database: a Redis Cluster has only number 0');
  }
  if (hosts.length === 1) return right({ kind, ...first, tls, db: db.value, ...user });
  const scheme = tls ? 'rediss' : 'redis';
  return wrong('names several hosts', `${scheme}+sentinel://…/mymaster or ${scheme}+cluster://…`);
}

function readUser(authority: string): Reading<DbUser> {
  const at = authority.lastIndexOf('@');
  if (at < 0) return right({});
  const [name = '', ...more] = authority.slice(0, at).split(':');
  const username = decoded(name);
  const password = decoded(more.join(':'));
  if (username === undefined || password === undefined) {
    return wrong('has a % in its user or password that begins no escape: write %25 for it');
  }
  return right({ ...(username !== '' && { username }), ...(password !== '' && { password }) });
}

function readHosts(authority: string, defaultPort: number): Reading<readonly DbHost[]> {
  const at = authority.lastIndexOf('@');
  const hosts: DbHost[] = [];
  for (const text of authority.slice(at + 1).split(',')) {
    const reading = readHost(text.trim(), defaultPort, at >= 0);
    if (!reading.ok) return reading;
    hosts.push(reading.value);
  }
  return right(hosts);
}

/** `afterUser`: a user stands in front, so that what looks like a port is no password. */
function readHost(text: string, defaultPort: number, afterUser: boolean): Reading<DbHost> {
  const bare = shortestIpv6(text);
  if (bare !== undefined) return wrong('holds an IPv6 address without brackets', `[${bare}]`);
  const [, name = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(text) ?? [];
  if (name === '') return wrong('names no host');
  if (name.startsWith('[') !== name.endsWith(']')) return wrong('has a [ without its ]');
  const host = parseHost(name);
  if (host === undefined) return wrong(`has the host "${name}", which is neither an IP address nor a DNS name`);
  if (port === undefined) return right({ host, port: defaultPort });
  if (/^[0-9]{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535) {
    return right({ host, port: Number(port) });
  }
  return wrong(`has ${afterUser ? `the port "${port}", which` : 'a port that'} is not a number from 1 to 65535`);
}

function readDatabase(path: readonly string[]): Reading<number> {
  const [text = '', ...more] = path;
  if (more.some((part) => part !== '') || !/^[0-9]{0,6}$/.test(text)) {
    return wrong('has something else than the number of a database at its end');
  }
  return right(Number(text));
}

function readUnixSocket(rest: string): Reading<DbUrl> {
  const [place = '', query, ...more] = rest.split('?');
  const path = readPath(place);
  if (!path.ok) return path;
  const [, number] = /^db=([0-9]{1,6})$/.exec(query ?? 'db=0') ?? [];
  if (number === undefined || more.length > 0) return wrong('holds something else than db= and a number after the ?');
  return right({ kind: 'redis', host: '', port: 0, tls: false, path: path.value, db: Number(number) });
}

function readFolder(rest: string): Reading<DbUrl> {
  if (/[?#]/.test(rest)) return wrong('holds ? or #: write %3F or %23 where the path has it');
  const path = readPath(rest);
  return path.ok ? right({ kind: 'file', path: path.value.replace(/(?<=.)\/+$/, '') }) : path;
}

/** `/path` or `///path`. */
function readPath(text: string): Reading<string> {
  if (/^\/\/[^/]/.test(text)) return wrong('names a host or a user: only a path can stand here');
  const path = decoded(text.replace(/^\/\/(?=\/)/, ''));
  if (path === undefined) return wrong('has a % that begins no escape: write %25 for it');
  if (!path.startsWith('/') || path === '/') return wrong('has no path that begins with /');
  return hasControl(path) ? wrong('holds a line break or another control character') : right(path);
}

const SQL_SCHEMES = ['mysql', 'mariadb', 'postgres', 'postgresql', 'pgsql', 'sqlite', 'sqlite3', 'oracle', 'unixodbc'];
const OTHER_SCHEMES = ['text', 'dbtext', 'db_text', 'mongodb', 'cassandra', 'berkeley', 'flatstore', 'perlvdb'];

function wrongScheme(url: string, scheme: string, rest: string): Reading<DbUrl> {
  const wayOver = 'kdmq keeps queues in Redis or in files; bring the rows over with `kdmq queue import` (JSON lines)';
  if (SQL_SCHEMES.includes(scheme)) return wrong(`is a SQL database: ${wayOver}`);
  if (OTHER_SCHEMES.includes(scheme)) return wrong(`is a database of another kind: ${wayOver}`);
  if (rest.startsWith('//')) {
    const known = [...SERVER_SCHEMES.keys(), 'unix', 'file'];
    const closest = scheme.startsWith('valkey') ? scheme.replace('valkey', 'redis') : closestName(scheme, known);
    return wrong(`has the scheme "${scheme}", which is not known`, closest && `${closest}:`);
  }
  return wrong('does not begin with a scheme', url.includes('@') ? undefined : withScheme(url));
}

/** The URL that was probably meant by a path or a host alone. */
function withScheme(text: string): string | undefined {
  const urls = text.startsWith('/') ? [`${text.endsWith('.sock') ? 'unix' : 'file'}:${text}`] : [`redis://${text}`];
  return urls.find((url) => parseDbUrl(url).ok);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
