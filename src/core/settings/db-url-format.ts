import { type DbUrl, formatDbUrl, maskDbUrl } from '../mqueue/db-url.ts';
import { parseDbUrl } from '../mqueue/parse-db-url.ts';
import { kindOf, type SettingFormat, wrong } from './setting-format.ts';

/** Where queues are kept. What is written has its password masked, and can't be used in its place. */
export const dbUrlFormat: SettingFormat<DbUrl> = {
  type: 'URL',
  expected:
    'redis:// or rediss:// (with TLS), user:password@ where needed, host:port and /database; redis+sentinel://host,host/master; redis+cluster://host,host; unix:/path of a socket; or file:/path of a folder',
  placeholder: 'url',
  schema: {
    type: 'string',
    pattern: '^\\s*(?:[rR][eE][dD][iI][sS]{1,2}(?:\\+[a-zA-Z]+)?:\\/\\/|[uU][nN][iI][xX]:|[fF][iI][lL][eE]:)',
  },
  read: (raw) => (typeof raw === 'string' ? parseDbUrl(raw) : wrong(`is ${kindOf(raw)}`)),
  write: formatDbUrl,
  show: maskDbUrl,
};
