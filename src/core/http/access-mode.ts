import type { HttpAddress } from '../settings.ts';

/**
 * Who may use the routes that are not open to all. `guarded`: who shows a token or a certificate. `local`: every program of this machine.
 * `unset`: nobody, for others could connect and nothing says who may. `open`: everybody, because the settings say so.
 */
export type AccessMode = 'guarded' | 'local' | 'unset' | 'open';

export interface AccessSettings {
  readonly http_access: 'auto' | 'open';
  readonly http_read_token: string | undefined;
  readonly http_read_token_file: string | undefined;
  readonly http_write_token: string | undefined;
  readonly http_write_token_file: string | undefined;
  readonly http_token_review: boolean;
  readonly http_tls_client_ca: string | undefined;
}

const CREDENTIALS = [
  'http_read_token',
  'http_read_token_file',
  'http_write_token',
  'http_write_token_file',
  'http_token_review',
  'http_tls_client_ca',
] as const;

/** The settings by which clients show who they are, those that are set. */
export function credentialsOf(settings: AccessSettings): readonly (typeof CREDENTIALS)[number][] {
  return CREDENTIALS.filter((name) => settings[name] !== undefined && settings[name] !== false);
}

export function accessMode(settings: AccessSettings, address: HttpAddress): AccessMode {
  if (settings.http_access === 'open') return 'open';
  if (credentialsOf(settings).length > 0) return 'guarded';
  return isLoopback(address.host) ? 'local' : 'unset';
}

/** Whether nobody but this machine (this pod) can connect to an address. */
export function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1';
}
