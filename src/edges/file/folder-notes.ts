import { statfs } from 'node:fs/promises';

/** Numbers of `statfs`, from the Linux kernel's magic.h. */
const kinds: ReadonlyMap<number, string> = new Map([
  [0x01021994, 'lies in memory (tmpfs): queues outlive the process, not the machine or the pod'],
  [0x858458f6, 'lies in memory (ramfs): queues outlive the process, not the machine or the pod'],
  [0x794c7630, "lies in the container's own layer: queues are gone with the container; mount a volume there"],
  [0x6969, 'lies on NFS: a second owner is fenced only as fast as its client notices; one volume a pod is safer'],
]);

/** What is worth a word about where a folder lies. */
export async function folderNotes(folder: string): Promise<string[]> {
  const { type } = await statfs(folder);
  const kind = kinds.get(type);
  return kind === undefined ? [] : [`${folder} ${kind}`];
}
