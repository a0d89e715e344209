import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { labelName } from '../../core/kubernetes/object-name.ts';
import { whyUnreadable } from '../../core/why-unreadable.ts';
import { serviceAccountFolder } from './service-account.ts';

export type KubeConfigErrorCode =
  | 'KUBECONFIG_MISSING' /* there is no file, and no service account */
  | 'KUBECONFIG_UNREADABLE' /* a file can't be read, or does not say what it has to */
  | 'CONTEXT_UNKNOWN'; /* the files have no such context, or name none */

/** Why there is no way to a cluster. The message names the next step. */
export class KubeConfigError extends Error {
  readonly code: KubeConfigErrorCode;

  constructor(code: KubeConfigErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KubeConfigError';
    this.code = code;
  }
}

/** Which cluster is meant; what is left out is what kubectl takes. */
export interface KubeConfigChoice {
  /** The path of a file. */
  readonly kubeconfig: string | undefined;
  /** The name of a context. */
  readonly context: string | undefined;
}

export interface LoadedKubeConfig {
  readonly config: KubeConfig;
  /** The namespace of the context. */
  readonly namespace: string;
}

/**
 * The credentials of kubectl: the file that is named, those of KUBECONFIG, `~/.kube/config`, or in a pod its service account. Rejects with a
 * {@link KubeConfigError}.
 */
export async function loadKubeConfig(
  { kubeconfig, context }: KubeConfigChoice,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<LoadedKubeConfig> {
  const config = await readFiles(kubeconfig, environment);
  const names = config.getContexts().map(({ name }) => name);
  const wanted = context ?? config.getCurrentContext();
  if (!wanted) {
    throw new KubeConfigError('CONTEXT_UNKNOWN', `no context is in use: name one with --context (${listOf(names)})`);
  }
  const found = config.getContextObject(wanted);
  if (found === null) throw new KubeConfigError('CONTEXT_UNKNOWN', `there is no context "${wanted}": ${listOf(names)}`);
  config.setCurrentContext(wanted);
  if (config.getCurrentCluster() === null) {
    const what = `context "${wanted}" names the cluster "${found.cluster}", which the kubeconfig does not describe`;
    throw new KubeConfigError('KUBECONFIG_UNREADABLE', what);
  }
  const namespace = found.namespace || 'default';
  if (!labelName.isName(namespace)) {
    const what = `context "${wanted}" has the namespace "${namespace}", which is no name: ${labelName.expected}`;
    throw new KubeConfigError('KUBECONFIG_UNREADABLE', what);
  }
  return { config, namespace };
}

async function readFiles(
  kubeconfig: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<KubeConfig> {
  if (kubeconfig !== undefined) {
    if (await isThere(kubeconfig)) return merged([kubeconfig], ' (--kubeconfig)');
    throw new KubeConfigError('KUBECONFIG_MISSING', `there is no kubeconfig ${kubeconfig} (--kubeconfig)`);
  }
  const named = (environment.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  const usual = environment.HOME === undefined ? [] : [join(environment.HOME, '.kube', 'config')];
  const there: string[] = [];
  for (const path of named.length > 0 ? named : usual) if (await isThere(path)) there.push(path);
  if (there.length > 0) return merged(there, named.length > 0 ? ' (KUBECONFIG)' : '');
  if (
    named.length === 0 &&
    environment.KUBERNETES_SERVICE_HOST &&
    (await isThere(join(serviceAccountFolder, 'token')))
  ) {
    const config = new KubeConfig();
    config.loadFromCluster();
    return config;
  }
  const places = named.length > 0 ? named.join(', ') : '~/.kube/config';
  throw new KubeConfigError(
    'KUBECONFIG_MISSING',
    `there is no kubeconfig (${places}): name one with --kubeconfig or KUBECONFIG, or give the URL of a node with --url`,
  );
}

/** Of several files the first one goes before the others, as with kubectl. `by` says who names them. */
function merged(paths: readonly string[], by: string): KubeConfig {
  const [first, ...others] = paths.map((path) => {
    const config = new KubeConfig();
    try {
      config.loadFromFile(path);
      return config;
    } catch (cause) {
      throw unreadable(path, by, cause);
    }
  });
  for (const [index, other] of others.entries()) {
    try {
      first!.mergeConfig(other, Boolean(first!.getCurrentContext()));
    } catch (cause) {
      throw unreadable(paths[index + 1]!, by, cause);
    }
  }
  return first!;
}

function unreadable(path: string, by: string, cause: unknown): KubeConfigError {
  const why =
    cause instanceof Error && 'syscall' in cause
      ? whyUnreadable(cause)
      : `can't be used: ${cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause)}`;
  return new KubeConfigError('KUBECONFIG_UNREADABLE', `the kubeconfig ${path}${by} ${why}`, { cause });
}

function listOf(names: readonly string[]): string {
  return names.length === 0
    ? 'the kubeconfig has no contexts: is it the right file?'
    : `the kubeconfig has ${names.join(', ')}`;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
