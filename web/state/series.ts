/** Values at even distances in time, the newest last. */
export type Series = readonly number[];

/** How many are kept: ten minutes at one each two seconds. */
const seriesLength = 300;
/** What a line is wide for, at least: a few points alone are no hill. */
const shortestLine = 30;

/** The series with one more; the oldest goes when there are too many. */
export function appended(series: Series, value: number): Series {
  return [...series.slice(-(seriesLength - 1)), value];
}

/** The points of a line through a series in a box, for `points` of an SVG polyline. The line ends at the right, its box stands on zero. */
export function linePoints(series: Series, width: number, height: number): string {
  const highest = Math.max(1, ...series);
  const step = width / (Math.max(shortestLine, series.length) - 1);
  const left = width - (series.length - 1) * step;
  return series
    .map((value, index) => `${(left + index * step).toFixed(1)},${(height - (value / highest) * height).toFixed(1)}`)
    .join(' ');
}
