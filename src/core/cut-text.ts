/** A text of a stranger, as much of it as anybody wants to see: a longer one ends in … behind `most` characters. */
export function cutText(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most).toWellFormed()}…`;
}
