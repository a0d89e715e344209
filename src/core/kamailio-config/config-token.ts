/** A piece of a Kamailio configuration: a word, a text that stood in quotes, one of `( ) { } , ; =`, or a line that begins with `#!`. */
export interface ConfigToken {
  readonly kind: 'word' | 'text' | 'sign' | 'directive';
  readonly text: string;
  readonly line: number;
}

const SIGNS = '(){},;=';
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/**
 * Takes a Kamailio configuration apart. Comments (`#`, `//`, C's) are left out, texts are without their quotes: `\` escapes in double
 * quotes only. A text or comment that does not end goes to the end of the file. Linear time, never throws.
 */
export function readConfigTokens(source: string, firstLine = 1): readonly ConfigToken[] {
  const tokens: ConfigToken[] = [];
  let line = firstLine;
  let beginsLine = true;
  let at = 0;
  const skipTo = (end: number): void => {
    for (; at < end; at++) if (source[at] === '\n') line += 1;
  };
  while (at < source.length) {
    const character = source[at]!;
    if (character === '\n') {
      line += 1;
      at += 1;
      beginsLine = true;
      continue;
    }
    if (/\s/.test(character)) {
      at += 1;
      continue;
    }
    const isDirective = beginsLine && (source.startsWith('#!', at) || source.startsWith('!!', at));
    beginsLine = false;
    const started = line;
    if (isDirective) {
      const end = directiveEnd(source, at);
      tokens.push({
        kind: 'directive',
        text: source
          .slice(at + 2, end)
          .replaceAll(/\\\r?\n/g, ' ')
          .trim(),
        line,
      });
      skipTo(end);
    } else if (character === '#' || source.startsWith('//', at)) skipTo(endOf(source, '\n', at));
    else if (source.startsWith('/*', at)) skipTo(endOf(source, '*/', at + 2) + 2);
    else if (character === '"' || character === "'") {
      const end = textEnd(source, at);
      const inner = source.slice(at + 1, end);
      tokens.push({ kind: 'text', text: character === '"' ? unescaped(inner) : inner, line: started });
      skipTo(end + 1);
    } else if (SIGNS.includes(character)) {
      tokens.push({ kind: 'sign', text: character, line });
      at += 1;
    } else {
      const end = wordEnd(source, at);
      tokens.push({ kind: 'word', text: source.slice(at, end), line });
      at = end;
    }
  }
  return tokens;
}

function endOf(source: string, mark: string, from: number): number {
  const end = source.indexOf(mark, from);
  return end < 0 ? source.length : end;
}

/** A backslash at the end of the line carries a directive on. */
function directiveEnd(source: string, from: number): number {
  let end = endOf(source, '\n', from);
  while (end < source.length && /\\\r?$/.test(source.slice(Math.max(from, end - 2), end)))
    end = endOf(source, '\n', end + 1);
  return end;
}

function textEnd(source: string, start: number): number {
  const quote = source[start];
  for (let at = start + 1; at < source.length; at++) {
    if (quote === '"' && source[at] === '\\') at += 1;
    else if (source[at] === quote) return at;
  }
  return source.length;
}

function wordEnd(source: string, start: number): number {
  let at = start + 1;
  for (; at < source.length; at++) {
    const character = source[at]!;
    if (/\s/.test(character) || SIGNS.includes(character) || `"'#`.includes(character)) break;
    if (character === '/' && (source[at + 1] === '/' || source[at + 1] === '*')) break;
  }
  return at;
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([\s\S])/g, (_, character: string) => ESCAPES[character] ?? character);
}
