const CAUSES: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'the port is taken'],
  ['EADDRNOTAVAIL', 'this machine does not have that address'],
  ['EACCES', 'the process is not allowed to bind that port (ports below 1024 need CAP_NET_BIND_SERVICE)'],
  ['EPERM', 'the process is not allowed to bind that port'],
  ['EAFNOSUPPORT', 'this machine has no addresses of that family'],
]);

/** Why a socket could not be bound, in plain words where the system's code is a known one. */
export function describeBindFailure(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return CAUSES.get(code) ?? (cause instanceof Error ? cause.message : String(cause));
}
