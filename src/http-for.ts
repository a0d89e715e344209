import process from 'node:process';
import { accessMode } from './core/http/access-mode.ts';
import type { HttpAddress, Settings } from './core/settings.ts';
import { BearerTokens, type TokenSource } from './edges/http/access/bearer-tokens.ts';
import { ReviewedTokens } from './edges/http/access/reviewed-tokens.ts';
import { dashboardRoutes } from './edges/http/dashboard/dashboard-routes.ts';
import { eventRoutes } from './edges/http/events/event-routes.ts';
import { openApi } from './edges/http/open-api/open-api.ts';
import { type RestParts, restRoutes } from './edges/http/rest/rest-routes.ts';
import { rpcRoutes } from './edges/http/rpc/rpc-routes.ts';
import { httpApp } from './edges/http/server/http-app.ts';
import { HttpServer } from './edges/http/server/http-server.ts';
import { KubernetesTokenReviews } from './edges/kubernetes/kubernetes-token-reviews.ts';
import { readServiceAccount, serviceAccountFolder } from './edges/kubernetes/service-account.ts';
import { Metrics } from './edges/metrics/metrics.ts';
import { TlsFiles } from './edges/sip/tls-files.ts';
import { dashboardFolder } from './edges/system/dashboard-folder.ts';
import { packageVersion } from './edges/system/package-version.ts';
import type { KdmqNode } from './kdmq-node.ts';
import type { Clock } from './ports/clock.ts';
import type { Random } from './ports/random.ts';
import type { Counters, Log } from './ports/telemetry.ts';
import type { Tracing } from './ports/tracing.ts';

export interface HttpForParts extends Pick<RestParts, 'configuration' | 'levels' | 'trace'> {
  readonly node: KdmqNode;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly counters: Counters;
  readonly tracing: Tracing;
}

/** The HTTP interface that the settings ask for, around a node. */
export function httpFor(settings: Settings, address: HttpAddress, parts: HttpForParts): HttpServer {
  const { node, configuration, clock, random, log, counters, tracing, levels, trace } = parts;
  const now = (): number => clock.now();
  const tokens = new BearerTokens(tokenSources(settings), { now, log, reviewed: reviewedFor(settings, parts) });
  const tls = tlsFor(settings, parts);
  const mutual = settings.http_tls_client_ca !== undefined;
  const metrics = new Metrics(node, packageVersion);
  const app = httpApp({
    readiness: () => node.readiness(),
    metrics: {
      text: () => metrics.text(),
      need: settings.http_metrics_access === 'open' ? 'open' : 'read',
      now,
    },
    access: {
      mode: accessMode(settings, address),
      tokens,
      certificates: mutual
        ? { role: settings.http_tls_client_role, writers: settings.http_tls_client_write }
        : undefined,
      refusalLimit: settings.http_refusal_limit,
      rateLimit: settings.http_rate_limit,
      now,
    },
    limits: {
      maxBody: settings.http_max_body,
      maxConnections: settings.http_max_connections,
      requestTimeoutMs: settings.http_request_timeout * 1_000,
    },
    tls: tls === undefined ? 'off' : mutual ? 'mutual' : 'on',
    log,
    counters,
    tracing,
    routes(app) {
      dashboardRoutes(app, { folder: dashboardFolder, log });
      rpcRoutes(app, { node, version: packageVersion, wallTime: () => clock.wallTime(), levels, log });
      openApi(app, packageVersion);
      eventRoutes(app, { node, clock, random, counters });
      restRoutes(app, { node, version: packageVersion, configuration, clock, random, counters, levels, trace });
    },
  });
  return new HttpServer({ app, address, tokens, tls });
}

function tokenSources(settings: Settings): readonly TokenSource[] {
  return (['read', 'write'] as const).map((role) => {
    const setting = `http_${role}_token_file` as const;
    const path = settings[setting];
    return { role, token: settings[`http_${role}_token`], file: path === undefined ? undefined : { setting, path } };
  });
}

function reviewedFor(settings: Settings, { clock, log, counters }: HttpForParts): ReviewedTokens | undefined {
  if (!settings.http_token_review) return undefined;
  return new ReviewedTokens({
    reviews: new KubernetesTokenReviews(() => readServiceAccount(serviceAccountFolder, process.env)),
    audience: settings.http_token_review_audience,
    named: { read: settings.http_token_review_read, write: settings.http_token_review_write },
    now: () => clock.now(),
    log,
    counters,
  });
}

function tlsFor(settings: Settings, { clock, log }: HttpForParts): TlsFiles | undefined {
  const { http_tls_certificate: certificate, http_tls_private_key: privateKey, http_tls_client_ca: caList } = settings;
  if (certificate === undefined || privateKey === undefined) return undefined;
  return new TlsFiles({ certificate, privateKey, caList }, clock, log);
}
