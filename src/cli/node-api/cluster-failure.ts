import { ClusterError, type ClusterErrorCode } from '../../core/kubernetes/cluster-error.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';

const CODES: Readonly<Partial<Record<ClusterErrorCode, CommandFailure['exitCode']>>> = {
  UNAUTHORIZED: EXIT_CODES.refused,
  FORBIDDEN: EXIT_CODES.refused,
  ABSENT: EXIT_CODES.missing,
};

const NEXT: Readonly<Partial<Record<ClusterErrorCode, string>>> = {
  UNAUTHORIZED: 'The credentials of this context are not taken: does kubectl work with it?',
  ABSENT: 'kubectl get pods shows which there are',
  UNREACHABLE: 'Does kubectl reach the cluster from here with this context?',
};

/** What an error of the Kubernetes API means to who typed the command. `whenForbidden` names the right that is missing. Other errors stay. */
export function clusterFailure(error: unknown, whenForbidden: string): unknown {
  if (!(error instanceof ClusterError)) return error;
  const next = error.code === 'FORBIDDEN' ? whenForbidden : NEXT[error.code];
  const message = next === undefined ? error.message : `${error.message}. ${next}`;
  return new CommandFailure(CODES[error.code] ?? EXIT_CODES.unavailable, message, { cause: error });
}
