import type { Command } from 'commander';
import type { StartInput } from '../../edges/config/setting-sources.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { NamedFile } from '../read-named-file.ts';
import { type ClusterOptions, clusterOptionsOf, withCluster } from './cluster-options.ts';

/** How the running node is reached that a command speaks with. */
export interface ApiOptions {
  /** In a pod of this cluster, in the place of `url`. */
  readonly cluster: ClusterOptions | undefined;
  readonly url: string;
  readonly token: string | undefined;
  readonly tokenFile: NamedFile | undefined;
  readonly caList: string | undefined;
  readonly certificate: string | undefined;
  readonly privateKey: string | undefined;
}

const DEFAULT_URL = 'http://127.0.0.1:8080';

/** Gives a command the flags that say which node it speaks with. `withoutUrl` says what is done where none is named. */
export function withApi(command: Command, withoutUrl = `KDMQ_URL; default: ${DEFAULT_URL}`): Command {
  command.optionsGroup('The running node:');
  command
    .option('--url <url>', `its http_listen (${withoutUrl})`)
    .option(
      '--token <token>',
      'a bearer token; better in the environment or a file, others see the command line (KDMQ_TOKEN)',
    )
    .option('--token-file <file>', 'a file that holds the token in its first line (KDMQ_TOKEN_FILE)')
    .option('--ca-list <file>', 'the authorities that its certificate may be of (PEM), for https')
    .option('--certificate <file>', 'the certificate that is shown to it (PEM), where it asks for one')
    .option('--private-key <file>', 'the private key that belongs to it (PEM)');
  command.optionsGroup('A node in Kubernetes, through a port-forward, in the place of --url:');
  return withCluster(command);
}

/** What the flags and the environment say, the flags first. Throws a CommandFailure when they name two nodes. */
export function apiOptionsOf(command: Command, environment: StartInput['environment']): ApiOptions {
  const flag = (name: string) => command.getOptionValue(name) as string | undefined;
  const token = flag('token');
  const tokenFile = flag('tokenFile');
  const cluster = clusterOptionsOf(command, environment);
  if (cluster !== undefined && flag('url') !== undefined) {
    throw new CommandFailure(
      EXIT_CODES.usage,
      'name a node by --url, or one in a cluster by --context, --namespace and the like, not both',
    );
  }
  return {
    cluster,
    url: flag('url') ?? (environment.KDMQ_URL || DEFAULT_URL),
    token: token ?? (tokenFile === undefined ? environment.KDMQ_TOKEN?.trim() || undefined : undefined),
    tokenFile: tokenFileOf(tokenFile, token === undefined ? environment.KDMQ_TOKEN_FILE : undefined),
    caList: flag('caList'),
    certificate: flag('certificate'),
    privateKey: flag('privateKey'),
  };
}

function tokenFileOf(flag: string | undefined, variable: string | undefined): NamedFile | undefined {
  if (flag !== undefined) return { path: flag, by: '--token-file' };
  return variable ? { path: variable, by: 'KDMQ_TOKEN_FILE' } : undefined;
}
