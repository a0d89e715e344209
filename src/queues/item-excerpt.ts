const mostCharacters = 60;
/** A character of UTF-8 takes four bytes at most; of one that is cut off at the end nothing is shown. */
const mostBytes = mostCharacters * 4;
const mostHexBytes = 24;

/**
 * What somebody who debugs wants to see of a key or a value: its text, or bytes in hexadecimal where it is no UTF-8; of a long one the
 * beginning, and how many bytes it has.
 */
export function excerptOf(bytes: Uint8Array): string {
  const text = textOf(bytes);
  if (text === undefined) {
    const hex = Array.from(bytes.subarray(0, mostHexBytes), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    return `<${hex}${bytes.length > mostHexBytes ? ' …' : ''}> (${bytes.length} bytes)`;
  }
  const shown = [...text].slice(0, mostCharacters).join('');
  return shown.length === text.length && bytes.length <= mostBytes ? text : `${shown}… (${bytes.length} bytes)`;
}

/** The beginning as text; undefined where it is none. */
function textOf(bytes: Uint8Array): string | undefined {
  const isCut = bytes.length > mostBytes;
  try {
    // With `stream` a character that is cut off at the end is no error.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, mostBytes), { stream: isCut });
  } catch {
    return undefined;
  }
}
