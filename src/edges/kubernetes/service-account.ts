import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where Kubernetes mounts the token of a pod's service account. */
export const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** How a pod reaches its API server, and as whom. */
export interface ServiceAccount {
  /** `https://10.96.0.1:443` */
  readonly server: string;
  readonly namespace: string;
  /** Reads the certificates of the cluster's authorities anew: they are replaced when the cluster changes its authority. */
  authority(): Promise<string>;
  /** Reads the token anew: it is replaced about once an hour. */
  token(): Promise<string>;
}

/**
 * The service account of this pod, or in a few words why there is none. The client library reads the same three files, but takes most of a
 * second to load: until then the watches would wait.
 */
export async function readServiceAccount(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ServiceAccount | string> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  if (!host || !port) return 'not in a Kubernetes cluster: KUBERNETES_SERVICE_HOST is not set';
  try {
    const namespace = (await read(folder, 'namespace')).trim();
    await Promise.all([read(folder, 'ca.crt'), read(folder, 'token')]);
    const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
    return {
      server,
      namespace,
      authority: () => read(folder, 'ca.crt'),
      token: async () => (await read(folder, 'token')).trim(),
    };
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : String(cause);
    return `no token of a service account is mounted in ${folder} (${code})`;
  }
}

function read(folder: string, file: string): Promise<string> {
  return readFile(join(folder, file), 'utf8');
}
