/** What browsers say about a request; programs say nothing of it but the host. */
export interface BrowserHeaders {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`, `Sec-Fetch-Mode` and `Sec-Fetch-Dest` (Fetch Metadata). */
  readonly site: string | undefined;
  readonly mode: string | undefined;
  readonly dest: string | undefined;
}

/**
 * Whether a browser sends the request for a page of another site. A link to a page of ours that somebody follows is none: what it leads to is
 * shown to that person, not to the other site. To what is no page nobody has to follow a link, but a pop-up can be opened there: it would cost us
 * what the answer costs. Neither is a frame a link.
 */
export function isCrossSite({ method, host, origin, site, mode, dest }: BrowserHeaders, isPage: boolean): boolean {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return !(isPage && method === 'GET' && mode === 'navigate' && dest === 'document');
  }
  return origin !== undefined && hostOf(origin) !== host?.toLowerCase();
}

/** `127.0.0.1:8080` of `http://127.0.0.1:8080`; undefined for `null` and what is no origin. */
function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/?#@]+)$/.exec(origin.toLowerCase())?.[1];
}

const LOCAL = /^(?:localhost|(?:[a-z0-9-]+\.)+localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]+)?$/;

/**
 * Whether the Host header is one that only means this machine. With another one a browser was led here by the DNS of somebody else
 * (DNS rebinding), and takes our answers for those of that site.
 */
export function isLocalHost(host: string | undefined): boolean {
  return host !== undefined && LOCAL.test(host.toLowerCase());
}
