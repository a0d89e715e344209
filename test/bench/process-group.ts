import { readdir, readFile } from 'node:fs/promises';

const ticksPerSecond = 100;
const pageBytes = 4_096;

/** CPU and memory of all processes of a group. */
export interface GroupUse {
  readonly cpuSeconds: number;
  /** Resident, the shared pages counted once a process. */
  readonly residentMegabytes: number;
  /** Of the largest process. */
  readonly largestMegabytes: number;
}

/** Reads it from /proc (proc(5): stat fields 5, 14, 15 and 24). */
export async function groupUse(group: number): Promise<GroupUse> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')));
  const fields = stats
    .map((text) => text.slice(text.lastIndexOf(')') + 2).split(' '))
    .filter((rest) => Number(rest[2]) === group);
  const resident = fields.map((rest) => (Number(rest[21]) * pageBytes) / 2 ** 20);
  return {
    cpuSeconds: fields.reduce((sum, rest) => sum + (Number(rest[11]) + Number(rest[12])) / ticksPerSecond, 0),
    residentMegabytes: resident.reduce((sum, megabytes) => sum + megabytes, 0),
    largestMegabytes: Math.max(0, ...resident),
  };
}
