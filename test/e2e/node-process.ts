import { readdirSync, readFileSync } from 'node:fs';

/**
 * Sends a signal to the processes of a container, told by a variable of their environment: as root on the machine of
 * the test cluster, where the processes of pods are to be seen. From inside, process 1 can't be killed.
 */
export function signalProcesses(variable: string, signal: NodeJS.Signals): void {
  for (const pid of processesWith(variable)) signalProcess(pid, signal);
}

/** Ids, by this machine, of the processes of a container, told in the same way. Throws where there is none. */
export function processesWith(variable: string): number[] {
  const isIt = (pid: string): boolean => /^\d+$/.test(pid) && environmentOf(pid).includes(variable);
  const pids = readdirSync('/proc').filter(isIt);
  if (pids.length === 0) throw new Error(`no process with ${variable} runs on this machine`);
  return pids.map(Number);
}

/** The first that is killed may take the others along. */
function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return []; // it has just ended
  }
}
