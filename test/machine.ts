import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** The root file system of the newer Kamailio and of Valkey; `test/install` puts it there. */
export const kamailioSidFolder = process.env.KAMAILIO_61 ?? '/opt/kamailio-6.1';

const clusterCache = process.env.CLUSTER_CACHE ?? '/var/cache/kdmq-cluster';

/** Helm, kubectl, and a folder of JSON Schemas, one file a kind; `test/install` puts them there. */
export const helmProgram = `${clusterCache}/bin/helm`;
export const kubectlProgram = `${clusterCache}/bin/kubectl`;
export const kubernetesSchemas = `${clusterCache}/schemas`;

function succeeds(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { timeout: 20_000 }).status === 0;
}

function output(command: string, ...args: string[]): string {
  return spawnSync(command, args, { timeout: 20_000, encoding: 'utf8' }).stdout ?? '';
}

const looks = {
  'kamailio-5.6': () => / kamailio 5\.6\./.test(output('kamailio', '-v')),
  'kamailio-6.1': () => / kamailio 6\./.test(output('chroot', kamailioSidFolder, 'kamailio', '-v')),
  /** Mounts of a process's own: how a Kamailio gets a resolver of its own. */
  mounts: () => succeeds('unshare', '--mount', 'true'),
  /** Networks of a process's own, with iptables. */
  networks: () => succeeds('unshare', '--net', 'sh', '-c', 'ip link set lo up && iptables -L'),
  /** Disks of a process's own: small ones, read-only ones. */
  disks: () => succeeds('unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /mnt && mount --bind -o ro /tmp /mnt'),
  redis: () => succeeds('redis-server', '--version'),
  /** A server that knows WAITAOF, and sentinels of it. */
  valkey: () => / server v=/.test(output('chroot', kamailioSidFolder, 'valkey-server', '--version')),
  sipp: () => / SIPp v/.test(output('sipp', '-v')),
  /** With kubectl and the schemas of Kubernetes. */
  helm: () => succeeds(helmProgram, 'version') && existsSync(kubernetesSchemas),
  promtool: () => succeeds('promtool', '--version'),
  tshark: () => succeeds('tshark', '--version'),
  tcpdump: () => succeeds('tcpdump', '--version'),
  openssl: () => succeeds('openssl', 'version'),
  chromium: () => /^Chromium /.test(output('chromium', '--version')),
  zsh: () => succeeds('zsh', '--version'),
  fish: () => succeeds('fish', '--version'),
} satisfies Record<string, () => boolean>;

export type Tool = keyof typeof looks;

const found = new Map<Tool, boolean>();

/** Whether this machine has what a test needs: `describe.skipIf(!machineHas('redis'))`. Looked up once a process. */
export function machineHas(...tools: readonly Tool[]): boolean {
  return tools.every((tool) => {
    if (!found.has(tool)) found.set(tool, looks[tool]());
    return found.get(tool);
  });
}
