/** What the machine and Kubernetes say of this process, to derive settings from that are not given. */
export interface Surroundings {
  readonly environment: SurroundingVariables;
  /** The name of the machine, or of the container. */
  readonly hostName?: string | undefined;
  /** Bytes that this container may take; undefined without a limit. */
  readonly memoryLimit?: number | undefined;
}

/** Variables of the downward API (`status.podIPs`, `status.podIP`, `metadata.name`, `metadata.uid`), and the name of the host as shells have it. */
export interface SurroundingVariables {
  readonly POD_IPS?: string | undefined;
  readonly POD_IP?: string | undefined;
  readonly POD_NAME?: string | undefined;
  readonly POD_UID?: string | undefined;
  readonly HOSTNAME?: string | undefined;
}

/** A value that was derived, and from what. */
export interface Derived<T> {
  readonly value: T;
  readonly from: string;
}

/** A ReplicaSet ends its pods' names in five random characters, which can all be digits; no StatefulSet counts as far as 10,000. */
const ORDINAL = /-(0|[1-9][0-9]{0,3})$/;

/** The partition: the ordinal of the StatefulSet's pod, else the name of the host. Undefined when there is no name at all. */
export function derivedPartition({ environment, hostName }: Surroundings): Derived<string> | undefined {
  const ordinal = ORDINAL.exec(environment.POD_NAME ?? '')?.[1];
  if (ordinal !== undefined) return { value: ordinal, from: 'POD_NAME' };
  const { HOSTNAME } = environment;
  const name = HOSTNAME || hostName;
  if (name === undefined || name === '') return undefined;
  return { value: asPartition(name), from: HOSTNAME ? 'HOSTNAME' : 'the name of the host' };
}

/** Host names may hold other characters on other systems, and be a little longer. */
function asPartition(name: string): string {
  const fit = name.replace(/[\s{}:/\p{Cc}]/gu, '-').slice(0, 63);
  return /^\.{1,2}$/.test(fit) ? '-' : fit;
}

const WITHOUT_LIMIT = 1_073_741_824;

/** What all queues may take: half of what the container may, 1 GiB where it has no limit. */
export function derivedTotalBytes({ memoryLimit }: Surroundings): Derived<number> {
  if (memoryLimit === undefined) return { value: WITHOUT_LIMIT, from: 'the lack of a memory limit' };
  return { value: Math.max(65_536, Math.floor(memoryLimit / 2)), from: "the container's memory limit" };
}

/** Beyond this a limit is none: cgroup v1 writes the largest number there is. */
const NO_LIMIT = 1024 ** 5;

/** The least limit that the memory files of a process's control groups hold (`memory.max` of v2, `memory.limit_in_bytes` of v1). */
export function leastMemoryLimit(files: readonly string[]): number | undefined {
  const limits = files.map((text) => (/^[0-9]+$/.test(text.trim()) ? Number(text) : NO_LIMIT));
  const least = Math.min(NO_LIMIT, ...limits);
  return least < NO_LIMIT ? least : undefined;
}
