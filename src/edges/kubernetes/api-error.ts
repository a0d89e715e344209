import { ClusterError, type ClusterErrorCode } from '../../core/kubernetes/cluster-error.ts';
import { field, textField } from './json-fields.ts';

const codes: Readonly<Record<number, ClusterErrorCode>> = {
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'ABSENT',
  409: 'CONFLICT',
  410: 'GONE',
  429: 'THROTTLED',
  // The server is there and can't answer now: as good as not there.
  500: 'UNREACHABLE',
  502: 'UNREACHABLE',
  503: 'UNREACHABLE',
  504: 'UNREACHABLE',
};

/** The error that an HTTP status and the Status object in its body stand for. */
export function apiError(what: string, status: number, body: unknown, retryAfter?: string): ClusterError {
  const reason = textField(body, 'reason');
  const seconds = Number(retryAfter ?? field(field(body, 'details'), 'retryAfterSeconds'));
  const code = status === 409 && reason === 'AlreadyExists' ? 'EXISTS' : (codes[status] ?? 'REFUSED');
  const message = textField(body, 'message') ?? reason ?? '';
  const wait = Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined;
  return new ClusterError(code, `${what}: ${status} ${message.slice(0, 300)}`.trim(), wait);
}
