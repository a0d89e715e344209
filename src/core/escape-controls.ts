/** C0, DEL and C1 controls, line and paragraph separators, and marks that turn the direction of writing. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/**
 * Escapes as `\u001b` everything that could move the cursor, color the text or begin a new line, so that what comes
 * from elsewhere can't pass for a line of its own.
 */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
