import { EQUALS, QUOTE, quotedEnd, skipBlanks, tokenEnd, VALUE_BYTE } from './byte-classes.ts';

/** Where one `;name=value` stands. `valueStart` is -1 when there is no value. */
export class ParameterSpan {
  start = 0;
  nameStart = 0;
  nameEnd = 0;
  valueStart = -1;
  valueEnd = -1;
}

/**
 * Reads the parameter whose `;` stands at `i` into `span`. Returns the first byte behind it that is no blank, or -1
 * when it is malformed. Values may hold any byte but blanks, `;` and `,`: branches are not always tokens.
 */
export function scanParameter(bytes: Uint8Array, i: number, end: number, span: ParameterSpan): number {
  span.start = i;
  span.nameStart = skipBlanks(bytes, i + 1, end);
  span.nameEnd = tokenEnd(bytes, span.nameStart, end);
  span.valueStart = -1;
  span.valueEnd = -1;
  if (span.nameEnd === span.nameStart) return -1;
  let at = skipBlanks(bytes, span.nameEnd, end);
  if (at >= end || bytes[at] !== EQUALS) return at;
  at = skipBlanks(bytes, at + 1, end);
  span.valueStart = at;
  at = at < end && bytes[at] === QUOTE ? quotedEnd(bytes, at, end) : bareValueEnd(bytes, at, end);
  if (at < 0) return -1;
  span.valueEnd = at;
  return skipBlanks(bytes, at, end);
}

function bareValueEnd(bytes: Uint8Array, i: number, end: number): number {
  let at = i;
  while (at < end && VALUE_BYTE[bytes[at]!] === 1) at++;
  return at;
}
