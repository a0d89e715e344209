/** What people call a node whose URL this is: where it is, without a user, a password or a query, any of which may be a secret. */
export function shownUrl({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`.replace(/\/$/, '');
}

/**
 * A text that was to be a URL and is none, without what may be a secret in it: what stands before an @, and behind a ? or a #. Nobody can say which
 * of them ends a password when there are both.
 */
export function shownNoUrl(text: string): string {
  const query = text.search(/[?#]/);
  const at = text.lastIndexOf('@');
  if (query >= 0 && at > query) return '(hidden)';
  const place = query < 0 ? text.slice(at + 1) : `${text.slice(at + 1, query + 1)}(hidden)`;
  return at < 0 ? place : `(hidden)@${place}`;
}
