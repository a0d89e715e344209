import { useMemo } from 'preact/hooks';
import { linePoints, type Series } from '../state/series.ts';

const width = 120;
const height = 22;

/** A series as a line, with its meaning in words. */
export function Sparkline({ series, label }: { readonly series: Series; readonly label: string }) {
  const points = useMemo(() => linePoints(series, width, height), [series]);
  return (
    <svg
      class="line"
      viewBox={`0 -1 ${width} ${height + 2}`}
      width={width}
      height={height}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <line x1="0" x2={width} y1={height} y2={height} />
      <polyline points={points} />
    </svg>
  );
}
