/** One attribute as it is written. The value is undefined where there is no `=`. */
export type WrittenAttribute = readonly [name: string, value: unknown];

/**
 * Takes a text of definitions apart: `name=a;size=20; name=b;size=5` are two. Attributes are separated by `;`, definitions by blanks
 * or new lines; blanks around `;` and `=` count for nothing, save that a second `name` behind one begins the next definition. What is
 * no queue but written in the same way may have other attributes that are there once only.
 */
export function splitMqueueText(
  text: string,
  once: readonly string[] = ['name'],
): readonly (readonly WrittenAttribute[])[] {
  const definitions: WrittenAttribute[][] = [];
  let goesOn = false;
  for (const piece of withoutBlanks(text).split(' ')) {
    const attributes = piece.split(';').filter((part) => part !== '');
    if (attributes.length === 0) continue;
    const written = attributes.map(splitAttribute);
    const current = definitions.at(-1);
    if (current === undefined || !goesOn || once.some((name) => has(written, name) && has(current, name)))
      definitions.push(written);
    else for (const attribute of written) current.push(attribute);
    goesOn = piece.endsWith(';');
  }
  return definitions;
}

/** A blank is left only where a definition may end: between attributes without a `;`, and behind a `;`. */
function withoutBlanks(text: string): string {
  const tokens = text.match(/\s+|[;=]|[^\s;=]+/g) ?? [];
  const kept = tokens.map((token, index) => {
    if (token.trim() !== '') return token;
    return tokens[index - 1] === '=' || tokens[index + 1] === '=' || tokens[index + 1] === ';' ? '' : ' ';
  });
  return kept.join('');
}

function splitAttribute(text: string): WrittenAttribute {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}

function has(attributes: readonly WrittenAttribute[], wanted: string): boolean {
  return attributes.some(([name]) => name === wanted);
}
