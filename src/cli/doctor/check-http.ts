import { formatHostPort } from '../../core/node-uri.ts';
import type { HttpAddress, Settings } from '../../core/settings.ts';
import { askHttp } from './ask-http.ts';
import { afterBindError, bindError } from './bind-error.ts';
import type { Finding } from './finding.ts';
import { isReadyzAnswer, readinessFindings } from './readiness-findings.ts';

const check = 'http';

export interface HttpPlace {
  /** Whether this is where a node of the configuration runs or shall run. */
  readonly hasAddress: boolean;
  /** Whether SIP sockets of the configuration are in use here: by a node that runs, most likely. */
  readonly nodeRuns: boolean;
}

/** Whether the port of http_listen can be bound here; where a node of this configuration has it, what keeps that node from being ready. */
export async function checkHttp(
  settings: Settings,
  { hasAddress, nodeRuns }: HttpPlace,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { http_listen: listen } = settings;
  if (listen.kind === 'off') return [{ check, level: 'ok', what: 'http_listen is off: no HTTP is served' }];
  if (!hasAddress) return [];
  const socket = formatHostPort(listen);
  const code = await bindError({ transport: 'tcp', host: listen.host, port: listen.port });
  if (code === undefined) return [{ check, level: 'ok', what: `${socket} is free` }];
  if (code !== 'EADDRINUSE') {
    const next = afterBindError(code, 'http_listen');
    return [{ check, level: 'error', what: `${socket} can't be bound (${code})`, ...(next !== undefined && { next }) }];
  }
  const scheme = settings.http_tls_certificate === undefined ? 'http' : 'https';
  const answer = await askHttp(`${scheme}://${reachable(listen)}/readyz?verbose`, signal);
  const isKdmq = answer !== undefined && isReadyzAnswer(answer.text);
  if (isKdmq && nodeRuns) {
    return [
      { check, level: 'ok', what: `${socket} is served by the node that runs here` },
      ...readinessFindings(answer.text),
    ];
  }
  const next = `http_listen names another one, or off: kdmq start ends with 71 there.${isKdmq ? '' : ` ss -lntp names who has it.`}`;
  const who = isKdmq ? 'another kdmq: the SIP sockets of this one are free' : `somebody who is no kdmq with ${scheme}`;
  return [{ check, level: 'error', what: `${socket} is in use, by ${who}`, next }];
}

/** All addresses are no address to ask. */
function reachable({ host, port }: HttpAddress): string {
  const loopback: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  return formatHostPort({ host: loopback[host] ?? host, port });
}
