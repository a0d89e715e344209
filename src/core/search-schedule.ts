/** Why an address is looked for. */
export type SearchReason =
  | 'listed' /* stands in the configuration or in DNS: asked for ever */
  | 'lost' /* was active and died: may be behind a partition */
  | 'heard'; /* somebody named it */

const shortestMs = 500;
const longestMs = 5_000;

/**
 * Milliseconds until an address that has not answered `tries` times is asked again, or undefined: not any more. Listed
 * addresses every 5 s at the most, so that a healed partition is joined again within 15 s; lost ones so for ten minutes and each half minute
 * for an hour; hearsay six times.
 */
export function retryDelay(reason: SearchReason, tries: number, searchedMs: number): number | undefined {
  const delay = Math.min(longestMs, shortestMs * 2 ** Math.min(tries - 1, 10));
  switch (reason) {
    case 'listed':
      return delay;
    case 'lost':
      if (searchedMs > 3_600_000) return undefined;
      return searchedMs > 600_000 ? 30_000 : delay;
    case 'heard':
      return tries < 6 ? delay : undefined;
  }
}
