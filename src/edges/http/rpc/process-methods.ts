import process from 'node:process';
import type { RpcMethod, RpcParts } from './rpc-method.ts';

/** The methods of Kamailio's core that say what runs here, and since when. */
export function processMethods({ node, version, wallTime }: RpcParts): Record<string, RpcMethod> {
  return {
    'core.version': { need: 'read', run: () => `kdmq ${version} (${process.arch}/${process.platform})` },
    'core.uptime': {
      need: 'read',
      run: () => {
        const now = wallTime();
        const uptime = Math.floor(node.status().uptimeMs / 1_000);
        return { now: asCtime(now), up_since: asCtime(now - uptime * 1_000), uptime };
      },
    },
  };
}

const part = new Intl.DateTimeFormat('en-US', { weekday: 'short', month: 'short' });

/** `Thu Nov 26 07:48:24 2026`, in local time: as ctime of C, which Kamailio uses, writes it. */
function asCtime(milliseconds: number): string {
  const date = new Date(milliseconds);
  const { weekday, month } = Object.fromEntries(part.formatToParts(date).map(({ type, value }) => [type, value]));
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${weekday} ${month} ${String(date.getDate()).padStart(2)} ${time} ${date.getFullYear()}`;
}
