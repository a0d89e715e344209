/** One life of a node that is a pod: the pod, and when its process began. */
export interface PodInstance {
  readonly uid: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

/**
 * Names a life of a node for certain, before anybody has told the process which container it is in: two runs of a container never
 * begin in the same millisecond, and the kubelet says, by the clock of the same machine, when each run began and ended.
 */
export function formatPodInstance({ uid, startedAt }: PodInstance): string {
  return `${uid}/${Math.trunc(startedAt).toString(36)}`;
}

/** Undefined when the node is no pod, or one that does not know its UID. */
export function readPodInstance(instance: string): PodInstance | undefined {
  const slash = instance.lastIndexOf('/');
  const time = instance.slice(slash + 1);
  if (slash <= 0 || !/^[0-9a-z]{1,10}$/.test(time)) return undefined;
  return { uid: instance.slice(0, slash), startedAt: Number.parseInt(time, 36) };
}
