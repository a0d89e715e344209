import { dbUrlFormat } from '../settings/db-url-format.ts';

/** Kamailio's db_url as kdmq takes it, without its password, or why it can't. */
export function translateDbUrl(
  text: string,
): { readonly url: string; readonly notes: readonly string[] } | { readonly why: string } {
  const reading = dbUrlFormat.read(text);
  if (!reading.ok) {
    return {
      why: `${reading.problem}. Without it queues are kept in data_dir; kdmq queue import brings the rows over`,
    };
  }
  const url = text.replace(/^([a-z+]+:\/\/[^:@/]*):[^@]*@/i, '$1@').replace('://@', '://');
  const notes = [
    'the tables of Kamailio are not read: kdmq queue import QUEUE URL --format kamailio brings the rows over',
  ];
  if (url !== text) notes.unshift('the password was taken out: put it into a file and name that with db_password_file');
  return { url, notes };
}
