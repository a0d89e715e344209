/** What asking for one name and type came to. */
export type DnsAnswer<T> =
  | { readonly kind: 'records'; readonly records: readonly T[] }
  /** No such name (NXDOMAIN), or the name is there but has no such records. */
  | { readonly kind: 'absent'; readonly nameExists: boolean }
  /** `answered` is false when no server said anything. `detail` is short and says who failed how. */
  | { readonly kind: 'failed'; readonly answered: boolean; readonly detail: string };

const WORDS: Readonly<Record<string, string>> = {
  ESERVFAIL: 'SERVFAIL',
  EREFUSED: 'REFUSED',
  EFORMERR: 'FORMERR',
  ENOTIMP: 'NOTIMP',
  ETIMEOUT: 'no answer',
  ECONNREFUSED: 'connection refused',
  EBADRESP: 'unreadable answer',
  EBADNAME: 'not a name that can be asked for',
};

/** What an error code of c-ares means, in the words of an error line. */
export function failureWords(code: string): string {
  return WORDS[code] ?? code;
}

/** Whether the code means that a server has answered, if only to say that something is wrong. */
export function isAnswer(code: string): boolean {
  return code !== 'ETIMEOUT' && code !== 'ECONNREFUSED' && code !== 'ECANCELLED';
}
