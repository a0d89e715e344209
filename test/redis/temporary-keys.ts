interface Commands {
  command(name: string, ...args: (string | number)[]): Promise<unknown>;
}

/** Keys that belong to no partition's content and do not go by themselves. */
export async function temporaryKeys(server: Commands): Promise<string[]> {
  const keys = (await server.command('KEYS', '*')) as string[];
  const found: string[] = [];
  for (const key of keys) if (!(await belongs(server, key))) found.push(key);
  return found;
}

async function belongs(server: Commands, key: string): Promise<boolean> {
  if (Number(await server.command('PTTL', key)) > 0) return true;
  // The set of partitions: it must be gone with the last of them; in a cluster it may lie on another node than they.
  if (key.endsWith(':partitions'))
    return Number(await server.command('SCARD', key)) > 0 && !(await onlyDead(server, key));
  const tag = key.slice(0, key.indexOf('}') + 1);
  const [epoch, generation, journal] = (await server.command('HMGET', `${tag}:m`, 'epoch', 'gen', 'jn')) as (
    | string
    | null
  )[];
  if (epoch === null) return false;
  return key === `${tag}:m` || key === `${tag}:g:${generation}` || (key === `${tag}:j` && Number(journal) > 0);
}

/** Whether the set names partitions that lie here, and none of them is there. */
async function onlyDead(server: Commands, key: string): Promise<boolean> {
  const cluster = key.slice('{dmq:'.length, key.indexOf('}'));
  const members = (await server.command('SMEMBERS', key)) as string[];
  for (const member of members) {
    const there = await server.command('HEXISTS', `{dmq:${cluster}:${member}}:m`, 'gen').catch(() => 1);
    if (Number(there) === 1) return false;
  }
  return true;
}
