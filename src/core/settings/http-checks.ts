import { type AccessSettings, accessMode, credentialsOf, isLoopback } from '../http/access-mode.ts';
import { formatHostPort } from '../node-uri.ts';
import type { Settings } from '../settings.ts';
import { originOf, type SettingProblem, type SettingReading } from './read-settings.ts';

type HttpSettings = AccessSettings &
  Pick<
    Settings,
    | 'http_listen'
    | 'http_metrics_access'
    | 'http_tls_certificate'
    | 'http_tls_private_key'
    | 'http_tls_client_write'
    | 'http_token_review_read'
    | 'http_token_review_write'
  >;
type Readings = ReadonlyMap<string, SettingReading>;

/** What the settings of HTTP say against each other. */
export function httpProblems(settings: HttpSettings, readings: Readings): readonly SettingProblem[] {
  const { http_tls_certificate: certificate, http_tls_private_key: key, http_tls_client_ca: authorities } = settings;
  const wrong = (setting: keyof HttpSettings, problem: string, expected: string): SettingProblem => {
    const value = settings[setting];
    const shown = typeof value === 'string' ? JSON.stringify(value) : undefined;
    return { setting, origin: originOf(readings, setting), shown, problem, expected };
  };
  const problems: SettingProblem[] = [];
  const [credential] = credentialsOf(settings);
  if (settings.http_access === 'open' && credential !== undefined) {
    problems.push(wrong('http_access', `lets everybody do everything, and ${credential} is set`, 'auto beside tokens'));
  }
  if (settings.http_metrics_access === 'token' && credential === undefined) {
    const expected = 'open, or http_read_token_file as well';
    problems.push(wrong('http_metrics_access', 'asks for a token, and none is set', expected));
  }
  problems.push(...reviewProblems(settings, wrong));
  const path = 'the path of a file in PEM format';
  const together = 'is not set: certificate and key go together';
  if (certificate === undefined && key !== undefined) problems.push(wrong('http_tls_certificate', together, path));
  if (key === undefined && certificate !== undefined) problems.push(wrong('http_tls_private_key', together, path));
  if (authorities !== undefined && certificate === undefined && key === undefined) {
    const expected = 'http_tls_certificate and http_tls_private_key as well';
    problems.push(wrong('http_tls_client_ca', 'asks for certificates, and HTTPS is not served', expected));
  }
  if (settings.http_tls_client_write.length > 0 && authorities === undefined) {
    problems.push(
      wrong('http_tls_client_write', 'names certificates, and none is asked for', 'http_tls_client_ca as well'),
    );
  }
  return problems;
}

type Wrong = (setting: keyof HttpSettings, problem: string, expected: string) => SettingProblem;

function reviewProblems(settings: HttpSettings, wrong: Wrong): readonly SettingProblem[] {
  const lists = ['http_token_review_read', 'http_token_review_write'] as const;
  const named = lists.filter((name) => settings[name].length > 0);
  if (settings.http_token_review) {
    const expected =
      'http_token_review_write or http_token_review_read as well, for example serviceaccount:voice/operator';
    return named.length > 0 ? [] : [wrong('http_token_review', 'is on, and nobody is named who gets a role', expected)];
  }
  return named.map((name) => wrong(name, 'names somebody, and no token is reviewed', 'http_token_review: on as well'));
}

/** What is allowed, and should be said once at start. */
export function httpNotes(settings: HttpSettings): readonly string[] {
  const { http_listen: listen } = settings;
  if (listen.kind === 'off') return [];
  const mode = accessMode(settings, listen);
  const where = `http_listen ${formatHostPort(listen)}`;
  if (mode === 'unset') {
    return [
      `${where} can be reached by others and nothing says who may use it: only /livez, /readyz and /metrics are served; set http_write_token_file and http_read_token_file (or http_token_review, http_tls_client_ca), or http_access: open`,
    ];
  }
  if (mode === 'open' && !isLoopback(listen.host)) {
    return [`${where} with http_access open: everybody who can connect may change everything`];
  }
  return [];
}
