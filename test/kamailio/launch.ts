import { copyFileSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GuardedProcess } from '../guarded-process.ts';
import { kamailioSidFolder } from '../machine.ts';

/** 5.6 is Debian 12's own; 6.1 is Debian sid's, in a root file system of its own. */
export type KamailioVersion = '5.6' | '6.1';

export interface LaunchOptions {
  readonly version: KamailioVersion;
  readonly address: string;
  readonly port: number;
  readonly uri: string;
  readonly pingSeconds: number;
  readonly answerMs: number;
  /** Text of extra.cfg, which node.cfg reads after its own settings. */
  readonly extra: string;
  /** A name server on port 53 that this Kamailio, and nothing else on the machine, asks. */
  readonly resolver: string | undefined;
  readonly onLine: (line: string) => void;
}

/** Puts the configuration in place and starts the process. It is not ready yet when this resolves. */
export async function launch(options: LaunchOptions): Promise<GuardedProcess> {
  const root = options.version === '6.1' ? kamailioSidFolder : '/';
  const folder = mkdtempSync(join(root, tmpdir(), 'kdmq-kamailio-'));
  const inside = root === '/' ? folder : folder.slice(root.length);
  copyFileSync(join(import.meta.dirname, 'node.cfg'), join(folder, 'node.cfg'));
  writeFileSync(join(folder, 'extra.cfg'), options.extra);

  const kamailio = ['kamailio', '-f', `${inside}/node.cfg`, '-Y', inside, '-m', '128', '-M', '8', '-DD'];
  const rooted = root === '/' ? kamailio : ['chroot', root, ...kamailio];
  const [command = '', ...args] = options.resolver ? withResolver(rooted, root, folder, options.resolver) : rooted;
  return GuardedProcess.start(command, args, { env: environment(options), folder, onLine: options.onLine });
}

function environment({ address, port, uri, pingSeconds, answerMs }: LaunchOptions): NodeJS.ProcessEnv {
  return {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    KDMQ_IP: address,
    KDMQ_PORT: String(port),
    KDMQ_URI: uri,
    KDMQ_PING: String(pingSeconds),
    KDMQ_ANSWER_MS: String(answerMs),
  };
}

/** Mounts a resolv.conf over the system's, in a mount namespace that only this process lives in. */
function withResolver(command: readonly string[], root: string, folder: string, resolver: string): string[] {
  const source = join(folder, 'resolv.conf');
  const target = join(root, 'etc/resolv.conf');
  writeFileSync(source, `nameserver ${resolver}\noptions timeout:1 attempts:2\n`);
  mkdirSync(join(root, 'etc'), { recursive: true });
  if (!existsSync(target)) writeFileSync(target, '');
  const mountAndRun = 'mount --bind "$1" "$2" && shift 2 && exec "$@"';
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', mountAndRun, 'sh', source, target, ...command];
}
