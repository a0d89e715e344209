const plain = /[A-Za-z0-9\-._~]/;

/** Bytes as a query has them: what is no letter, digit or one of `-._~` is `%` and two digits (RFC 3986, 2.1). */
export function percentEncoded(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    text += plain.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}
