import { escapeControls } from '../core/escape-controls.ts';
import { textOf } from './node-api/message-content.ts';

/** Text as it is, with its controls as `\u000a`; else each byte that is no printable ASCII as `\x80`. */
export function escapeBytes(bytes: Uint8Array): string {
  const text = textOf(bytes);
  if (text !== undefined) return escapeControls(text);
  return Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
}
