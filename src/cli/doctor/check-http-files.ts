import type { Settings } from '../../core/settings.ts';
import { TokenFile, TokenFileError } from '../../edges/http/access/token-file.ts';
import { TlsFiles, TlsFilesError } from '../../edges/sip/tls-files.ts';
import { SystemClock } from '../../edges/system/system-clock.ts';
import type { Log } from '../../ports/telemetry.ts';
import { count } from '../words.ts';
import type { Finding } from './finding.ts';

const check = 'http';
/** Who renews certificates does it earlier. */
const FEW_DAYS = 7;

/** Whether the files of tokens and certificates for HTTP can be used, read as a node reads them at its start. */
export async function checkHttpFiles(settings: Settings): Promise<readonly Finding[]> {
  if (settings.http_listen.kind === 'off') return [];
  const files: (readonly Finding[])[] = [
    await tokenFindings('http_read_token_file', settings),
    await tokenFindings('http_write_token_file', settings),
    await certificateFindings(settings),
  ];
  return files.flat();
}

async function tokenFindings(
  setting: 'http_read_token_file' | 'http_write_token_file',
  settings: Settings,
): Promise<readonly Finding[]> {
  const path = settings[setting];
  if (path === undefined) return [];
  const clock = new SystemClock();
  const file = new TokenFile({ setting, path, now: () => clock.now(), log: silent });
  try {
    await file.open();
    const tokens = (await file.tokens()).length;
    return [{ check, level: 'ok', what: `${setting}: ${path} has ${count(tokens, 'token')}` }];
  } catch (error) {
    if (!(error instanceof TokenFileError)) throw error;
    const next = 'Without it a node does not start: in a pod see whether its Secret is mounted, and whose file it is.';
    return [{ check, level: 'error', what: error.message, next }];
  }
}

async function certificateFindings(settings: Settings): Promise<readonly Finding[]> {
  const { http_tls_certificate: certificate, http_tls_private_key: privateKey, http_tls_client_ca: caList } = settings;
  if (certificate === undefined || privateKey === undefined) return [];
  const files = new TlsFiles({ certificate, privateKey, caList }, new SystemClock(), silent);
  try {
    await files.start(() => {});
    return [certificateFinding(certificate, files.daysToExpiry)];
  } catch (error) {
    if (!(error instanceof TlsFilesError)) throw error;
    const next =
      'Without them a node does not start: see http_tls_certificate, http_tls_private_key and http_tls_client_ca, and in a pod whether their Secret is mounted.';
    return [{ check, level: 'error', what: error.message, next }];
  } finally {
    files.stop();
  }
}

function certificateFinding(certificate: string, days: number): Finding {
  const next = 'Renew it in its place: a node that runs takes it up by itself.';
  if (days < 0) return { check, level: 'error', what: `the certificate ${certificate} has expired`, next };
  const what = `the certificate ${certificate} is valid for ${count(Math.floor(days), 'day')}`;
  return days < FEW_DAYS ? { check, level: 'warning', what, next } : { check, level: 'ok', what };
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
