import { StoreError, type StoreErrorCode } from '../../core/mqueue/store-error.ts';

interface Meaning {
  readonly code: StoreErrorCode;
  readonly advice: string;
}

const soon = (advice: string): Meaning => ({ code: 'STORE_UNAVAILABLE', advice });
const refused = (advice: string): Meaning => ({ code: 'STORE_REFUSED', advice });

const TAKES_MANY = 'this Redis is a cluster: write db_url as redis+cluster://host:port';

/** What the first word of an error reply means. Scripts of Redis before 7 carry it behind a dash in the text. */
const REPLIES: Readonly<Record<string, Meaning>> = {
  LOADING: soon('it is still reading its data'),
  BUSY: soon('a script holds it up'),
  CLUSTERDOWN: soon('the cluster does not serve all slots'),
  TRYAGAIN: soon('the slot is being moved'),
  MASTERDOWN: soon('its master is gone'),
  NOREPLICAS: soon('it has fewer replicas than min-replicas-to-write wants'),
  WRONGPASS: refused('user or password is wrong: look at db_username, db_password and db_password_file'),
  NOAUTH: refused('it wants a password: set db_password or db_password_file'),
  NOPERM: refused('the user lacks a right: docs/queue-stores.md has the line for ACL SETUSER'),
  READONLY: refused('it is a read-only replica: db_url has to lead to the master'),
  OOM: refused('its memory is full: raise maxmemory or make room; queues are not evicted'),
  MISCONF: refused('it can not write its data to disk: look at its log and at the disk'),
  DENIED: refused('it is in protected mode: set a password in Redis, and db_password here'),
  MOVED: { code: 'STORE_UNFIT', advice: TAKES_MANY },
  ASK: { code: 'STORE_UNFIT', advice: TAKES_MANY },
  CROSSSLOT: { code: 'STORE_UNFIT', advice: TAKES_MANY },
  WRONGTYPE: { code: 'STORE_CORRUPT', advice: 'a key of the queue holds something else; it is left as it is' },
};

/** Error replies without a word of their own. */
const TEXTS: readonly (readonly [RegExp, Meaning])[] = [
  [/max number of clients/, soon('it has as many connections as maxclients allows')],
  [
    /invalid password|without any password configured/i,
    refused('user or password is wrong: look at db_username and db_password'),
  ],
  [/DB index|SELECT is not allowed/i, refused('it does not have the database that db_url names')],
  [/can't run this command|can't access/i, refused('the user lacks a right (ACL SETUSER)')],
];

const MAX_RETRIES = /max retries per request/i;
const WORD_IN_TEXT = new RegExp(`(?:^|-)(${Object.keys(REPLIES).join('|')})\\b`);

/** Codes of Node for connections that will not come up by waiting. */
const REFUSED_CONNECTIONS: Readonly<Record<string, string>> = {
  EACCES: 'this process may not open the socket: look at its owner and mode',
  EPERM: 'this process may not open the socket: look at its owner and mode',
};

/** What went wrong with Redis as an error of the store. `name` is the store's, for people. Never holds a password. */
export function storeErrorOf(reason: unknown, name: string): StoreError {
  if (reason instanceof StoreError) return reason;
  const error = deepest(reason);
  const text = harmless(error instanceof Error ? error.message || codeOf(error) : String(error));
  const { code, advice } = meaningOf(error, text);
  // The client library's words for it name an option that nobody can set here.
  if (MAX_RETRIES.test(text))
    return new StoreError(
      'STORE_UNAVAILABLE',
      `${name}: it did not answer within db_command_timeout, or the connection was lost`,
    );
  return new StoreError(code, `${name}: ${advice === '' ? text : `${advice} (${text})`}`);
}

function meaningOf(error: unknown, text: string): Meaning {
  const code = codeOf(error);
  const refusal = REFUSED_CONNECTIONS[code];
  if (refusal !== undefined) return refused(refusal);
  if (isCertificateProblem(code))
    return refused('TLS: look at db_tls_ca_list, db_tls_certificate and db_tls_server_name');
  const word = WORD_IN_TEXT.exec(text)?.[1];
  const known = word === undefined ? undefined : REPLIES[word];
  if (known !== undefined) return known;
  for (const [pattern, meaning] of TEXTS) if (pattern.test(text)) return meaning;
  return isReply(error) ? refused('') : soon('');
}

/** A cluster says that no node would do, and carries why the last one would not. */
function deepest(reason: unknown): unknown {
  if (reason instanceof Error && 'lastNodeError' in reason && reason.lastNodeError instanceof Error) {
    return deepest(reason.lastNodeError);
  }
  // Happy eyeballs: one error for each address.
  if (reason instanceof AggregateError && reason.errors[0] instanceof Error) return reason.errors[0];
  return reason;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function isCertificateProblem(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|^ERR_(?:TLS|SSL|OSSL)|^EPROTO$/.test(code);
}

/** Whether Redis itself said it, in an error reply. */
export function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Whether Redis refuses or does not know the command that it was asked by. */
export function isNotForUs(error: unknown): boolean {
  return isReply(error) && /^NOPERM\b|unknown (?:sub)?command/i.test(error.message);
}

/** An unknown command is quoted with its arguments, which may be a password. */
function harmless(text: string): string {
  return text
    .replace(/,? with args beginning with.*/s, '')
    .slice(0, 300)
    .trim();
}
