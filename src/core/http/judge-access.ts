import type { AccessMode } from './access-mode.ts';
import { type BrowserHeaders, isCrossSite, isLocalHost } from './browser-headers.ts';
import { type HttpRole, type RouteNeed, strongerRole, suffices } from './http-role.ts';

/** What a client has shown of itself. */
export interface Caller {
  /** The role of its bearer token; `wrong` for one that is not known, `unnamed` for one of somebody without a role, undefined without one. */
  readonly token: HttpRole | 'wrong' | 'unnamed' | undefined;
  /** The role of its certificate; `missing` where one is asked for and none is trusted, undefined where none is asked for. */
  readonly certificate: HttpRole | 'missing' | undefined;
  readonly headers: BrowserHeaders;
}

/** Why a request is refused. */
export type AccessRefusal =
  | 'unset' /* nothing says who may */
  | 'host' /* a name that is not this machine's led here (DNS rebinding) */
  | 'cross_site' /* a browser sends it for another site */
  | 'no_token'
  | 'wrong_token'
  | 'unnamed_token' /* Kubernetes knows whose it is, and no setting gives that one a role */
  | 'no_certificate'
  | 'role'; /* the role is not enough */

/** The role that a request has, or why it is refused. */
export type AccessVerdict = { readonly role: HttpRole | undefined } | { readonly refusal: AccessRefusal };

/**
 * Decides on one request. A token is proof that no browser sends along by itself; certificates, and being on this machine, are not:
 * there, what a browser sends for another site is refused.
 */
export function judgeAccess(mode: AccessMode, need: RouteNeed, { token, certificate, headers }: Caller): AccessVerdict {
  if (need === 'open') return { role: undefined };
  if (mode === 'unset') return { refusal: 'unset' };
  if (mode === 'local' && !isLocalHost(headers.host)) return { refusal: 'host' };
  const isOfOtherSite = isCrossSite(headers, need === 'page');
  if (mode !== 'guarded') return isOfOtherSite ? { refusal: 'cross_site' } : { role: 'write' };
  if (certificate === 'missing') return { refusal: 'no_certificate' };
  if (token === 'wrong') return { refusal: 'wrong_token' };
  if (token === 'unnamed') return { refusal: 'unnamed_token' };
  if (token === undefined && certificate === undefined) return { refusal: 'no_token' };
  if (token === undefined && isOfOtherSite) return { refusal: 'cross_site' };
  const role = strongerRole(token, certificate);
  return suffices(role, need === 'page' ? 'read' : need) ? { role } : { refusal: 'role' };
}
