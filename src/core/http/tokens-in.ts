import { tokenFormat } from '../settings/http-formats.ts';
import { type Reading, right, wrong } from '../settings/setting-format.ts';

/** A file by mistake is longer. */
const mostTokens = 100;

/** The tokens of a file: one a line, empty lines aside. A problem names the line, never what stands in it. */
export function tokensIn(text: string): Reading<readonly string[]> {
  const tokens: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const token = line.trim();
    if (token === '') continue;
    const reading = tokenFormat.read(token);
    if (!reading.ok) return wrong(`${reading.problem} in line ${index + 1}`);
    tokens.push(reading.value);
    if (tokens.length > mostTokens) return wrong(`holds more than ${mostTokens} tokens`);
  }
  return right(tokens);
}
