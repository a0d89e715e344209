import { readFileSync } from 'node:fs';
import { hostname, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { leastMemoryLimit, type Surroundings, type SurroundingVariables } from '../../core/settings/surroundings.ts';

/** What this process stands in. `root` is the root of the file system, another one in tests. */
export function ownSurroundings(environment: SurroundingVariables, root = '/'): Surroundings {
  return { environment, hostName: hostname(), memoryLimit: memoryLimit(root) };
}

/**
 * The memory limit of the control groups that this process is in, in bytes, and never more than the machine has; undefined without
 * one. These files are made by the kernel: reading them does not wait.
 */
function memoryLimit(root: string): number | undefined {
  const groups = readIfThere(join(root, 'proc/self/cgroup')) ?? '';
  const found = groups.split('\n').flatMap((line) => {
    const [number, controllers = '', ...path] = line.split(':');
    const group = path.join(':');
    if (number === '0' && controllers === '') return limitsUpwards(join(root, 'sys/fs/cgroup'), group, 'memory.max');
    if (!controllers.split(',').includes('memory')) return [];
    return limitsUpwards(join(root, 'sys/fs/cgroup/memory'), group, 'memory.limit_in_bytes');
  });
  const least = leastMemoryLimit(found);
  return least === undefined ? undefined : Math.min(least, totalmem());
}

/** A group's limit holds within those above it. In a container its own group may stand at the top, whatever its path is called. */
function limitsUpwards(top: string, group: string, file: string): string[] {
  const limits: string[] = [];
  for (let folder = join('/', group); ; folder = dirname(folder)) {
    const text = readIfThere(join(top, folder, file));
    if (text !== undefined) limits.push(text);
    if (folder === '/') return limits;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
