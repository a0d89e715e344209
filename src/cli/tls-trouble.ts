/** What OpenSSL has to say, in a word or two. */
export type TlsTrouble =
  | { readonly kind: 'not TLS' }
  /** The other side ends the handshake; most often because of our certificate, or because there is none. */
  | { readonly kind: 'alert'; readonly words: string };

const ALERT = /(?:ssl\/tls|tlsv1\d?|sslv3) alert ([a-z ]+)/;
/** What stood where a record of TLS has to begin was something else. */
const NO_RECORD = /wrong version number|packet length too long|http request/;

/** Reads the text of an error of OpenSSL; undefined where it is about something else. */
export function tlsTroubleOf(text: string): TlsTrouble | undefined {
  const words = ALERT.exec(text)?.[1]?.trim();
  if (words !== undefined) return { kind: 'alert', words };
  return NO_RECORD.test(text) ? { kind: 'not TLS' } : undefined;
}
