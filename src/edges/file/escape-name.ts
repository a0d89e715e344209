import { createHash } from 'node:crypto';

/** File systems take 255 bytes. */
const LONGEST = 200;
const KEPT = 120;

/**
 * The name of a folder for any name: `Calls 2` becomes `%43alls%202`. Different names stay different, also where a file system takes no
 * notice of upper and lower case; a very long one ends in its hash.
 */
export function escapeName(name: string): string {
  const bytes = new TextEncoder().encode(name);
  const escaped = Array.from(bytes, (byte, index) => {
    const character = String.fromCharCode(byte);
    // A dot in front hides a file and makes `..`; some file systems drop one at the end.
    const plain = /[a-z0-9_-]/.test(character) || (character === '.' && index > 0 && index < bytes.length - 1);
    return plain ? character : `%${byte.toString(16).padStart(2, '0')}`;
  }).join('');
  if (escaped === '') return '%';
  if (escaped.length <= LONGEST) return escaped;
  return `${escaped.slice(0, KEPT)}%-${createHash('sha256').update(name).digest('hex')}`;
}
