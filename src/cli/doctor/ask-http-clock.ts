import type { NodeUri } from '../../core/node-uri.ts';
import type { Settings } from '../../core/settings.ts';
import { askHttp } from './ask-http.ts';
import type { ClockReading } from './clock-findings.ts';

const ASKED_AT_MOST = 8;
/** The header has whole seconds. */
const SECOND_MS = 1_000;

/** The clocks of our nodes, by the Date of what their HTTP answers; of those that serve it where this configuration does. */
export async function askHttpClocks(
  nodes: readonly NodeUri[],
  { http_listen: listen, http_tls_certificate: certificate, server_address: own }: Settings,
  signal: AbortSignal,
): Promise<readonly ClockReading[]> {
  if (listen.kind === 'off') return [];
  const hosts = [...new Set(nodes.map(({ host }) => host))].filter((host) => host !== own.host).slice(0, ASKED_AT_MOST);
  const scheme = certificate === undefined ? 'http' : 'https';
  const asked = hosts.map((host) => {
    const shown = host.includes(':') ? `[${host}]` : host;
    return askDate(`${scheme}://${shown}:${listen.port}/livez`, signal).then((reading) =>
      reading === undefined ? [] : [{ whose: `the node ${host}`, ...reading }],
    );
  });
  return (await Promise.all(asked)).flat();
}

/** Undefined when nobody answers with a date: whether HTTP is reached is not the question. Nothing but the time is believed. */
async function askDate(url: string, signal: AbortSignal): Promise<Omit<ClockReading, 'whose'> | undefined> {
  const askedAt = performance.now();
  const answer = await askHttp(url, signal);
  if (answer === undefined || Number.isNaN(answer.date)) return undefined;
  const tripMs = performance.now() - askedAt;
  // Somewhere within that second.
  const aheadMs = answer.date + SECOND_MS / 2 - (Date.now() - tripMs / 2);
  return { aheadMs, errorMs: tripMs / 2 + SECOND_MS / 2 };
}
