import { isIpv4 } from '../ip-address.ts';
import { formatHostPort, parseHost } from '../node-uri.ts';
import type { HttpListen } from '../settings.ts';
import { kindOf, type Reading, right, type SettingFormat, wrong } from './setting-format.ts';

/** Where HTTP is served: `127.0.0.1:8080`, `[::1]:8080`, `*:8080` for all IPv4 addresses, `[::]:8080` for all; or `off`. */
export const httpListenFormat: SettingFormat<HttpListen> = {
  type: 'address and port, or `off`',
  expected: 'an IP address and a port as 127.0.0.1:8080, [fd00::3]:8080 or *:8080; or off',
  placeholder: 'address:port',
  schema: { anyOf: [{ type: 'string' }, { enum: [false] }] },
  read(raw) {
    if (raw === false) return right({ kind: 'off' });
    if (typeof raw === 'number') return wrong('has no address', `127.0.0.1:${raw} or *:${raw}`);
    if (typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
    const text = raw.trim();
    return text.toLowerCase() === 'off' ? right({ kind: 'off' }) : readAddress(text);
  },
  write: (value) => (value.kind === 'off' ? 'off' : formatHostPort(value)),
};

const ADDRESS = /^(\[[^\]]*\]|[^:[\]]*)(?::([^:]*))?$/;

function readAddress(text: string): Reading<HttpListen> {
  const [, scheme, rest = ''] = /^(https?:\/\/)(.*?)\/*$/i.exec(text) ?? [];
  if (scheme !== undefined) return wrong('is a URL', rest);
  const parts = ADDRESS.exec(text);
  if (parts === null) return wrong(text.includes('[') ? 'is no address' : 'holds an IPv6 address without brackets');
  const [, hostText = '', portText] = parts;
  if (portText === undefined) {
    if (/^[0-9]{1,5}$/.test(hostText)) return wrong('has no address', `127.0.0.1:${hostText} or *:${hostText}`);
    return wrong('has no port', hostText === '' ? undefined : `${hostText}:8080`);
  }
  if (!isPort(portText)) return wrong(`has the port "${portText}", which is not a number from 1 to 65535`);
  if (hostText === '') return wrong('has no address', `127.0.0.1:${portText} or *:${portText}`);
  if (hostText.toLowerCase() === 'localhost') return wrong('names a host', `127.0.0.1:${portText}`);
  const host = hostText === '*' ? '0.0.0.0' : parseHost(hostText);
  if (host === undefined || !(isIpv4(host) || host.includes(':'))) {
    return wrong(`has the address "${hostText}", which is not an IP address`);
  }
  return right({ kind: 'address', host, port: Number(portText) });
}

function isPort(text: string): boolean {
  return /^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

/** The form of a bearer token (RFC 6750 2.1). */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;
/** A shorter one could be found by trying. */
const shortestToken = 16;

/** A bearer token. */
export const tokenFormat: SettingFormat<string> = {
  type: 'text',
  expected: `a token of ${shortestToken} to 512 letters, digits and - . _ ~ + /, as openssl rand -hex 32 gives one`,
  placeholder: 'token',
  schema: { type: 'string', minLength: shortestToken, maxLength: 512 },
  read(raw) {
    if (typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
    if (raw.length < shortestToken) return wrong(`is shorter than ${shortestToken} characters`);
    if (raw.length > 512) return wrong('is longer than 512 characters');
    return TOKEN.test(raw) ? right(raw) : wrong('holds a character that no token has');
  },
  write: (value) => value,
};
