/** How much a client wants a media type, 0 to 1, by its `Accept` header (RFC 9110, 12.5.1): the range that names it best counts. */
export function acceptedQuality(accept: string, mediaType: string): number {
  const [kind] = mediaType.split('/', 1);
  const ranges = accept.toLowerCase().split(',').map(readRange);
  for (const range of [mediaType, `${kind}/*`, '*/*']) {
    const found = ranges.find(({ name }) => name === range);
    if (found !== undefined) return found.quality;
  }
  return 0;
}

function readRange(text: string): { readonly name: string; readonly quality: number } {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  return { name, quality: weight === undefined ? 1 : Number(weight.slice(2)) || 0 };
}
