import type { BusMap, MapColumn, MapRow, Sight } from '../state/bus-map.ts';
import { shortUri, visibleText } from '../state/words.ts';
import { ScrollBox } from './scroll-box.tsx';

const SIGHTS: Readonly<Record<Sight, { readonly sign: string; readonly words: string }>> = {
  self: { sign: '·', words: 'itself' },
  active: { sign: '●', words: 'active' },
  not_active: { sign: '◐', words: 'not active' },
  disabled: { sign: '○', words: 'disabled' },
  absent: { sign: '✕', words: 'not in its list' },
  no_room: { sign: '–', words: 'not named: its list has no room for all' },
  unknown: { sign: '?', words: 'not known: it said no list' },
};

/** Who sees whom: a row for each node that was asked, a column for each that is seen. */
export function BusMapSection({ map }: { readonly map: BusMap }) {
  const { columns, rows, splits } = map;
  const used = new Set(rows.flatMap(({ sights }) => sights));
  return (
    <section class="panel" aria-labelledby="map">
      <h2 id="map">Who sees whom</h2>
      <p role="status" class={splits > 0 ? 'alert' : 'quiet'}>
        {splitWords(columns, rows)}
      </p>
      <ScrollBox label="Who sees whom, table">
        <table class="map">
          <caption>Each row is the list of one node, as it says it itself</caption>
          <thead>
            <tr>
              <th scope="col">
                <span class="hidden">Node</span>
              </th>
              {columns.map(({ uri, isSplit }, index) => (
                <th key={uri} scope="col" class={isSplit ? 'split' : ''} title={visibleText(uri)}>
                  {index + 1}
                  <span class="hidden">: {shortUri(uri)}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {columns.map((column, index) => (
              <MapLine
                key={column.uri}
                number={index + 1}
                column={column}
                row={rows.find(({ uri }) => uri === column.uri)}
                columns={columns}
              />
            ))}
          </tbody>
        </table>
      </ScrollBox>
      <ul class="legend" aria-label="Signs">
        {Object.entries(SIGHTS).map(
          ([sight, { sign, words }]) =>
            used.has(sight as Sight) && (
              <li key={sight}>
                <span class={`sight ${sight}`} aria-hidden="true">
                  {sign}
                </span>{' '}
                {words}
              </li>
            ),
        )}
      </ul>
    </section>
  );
}

interface LineParts {
  readonly number: number;
  readonly column: MapColumn;
  readonly row: MapRow | undefined;
  readonly columns: readonly MapColumn[];
}

function MapLine({ number, column, row, columns }: LineParts) {
  const silence = row === undefined ? 'not in the list of this node, so not asked' : row.silence;
  return (
    <tr data-viewer={column.uri}>
      <th scope="row" class="mono">
        <span class="quiet">{number}</span> <bdi>{shortUri(column.uri)}</bdi>
        {row?.local === true && <span class="tag">this node</span>}
        {silence !== undefined && <small class="below silence">{silence}</small>}
      </th>
      {columns.map(({ uri, isSplit }, index) => {
        const sight = row?.sights[index] ?? 'unknown';
        const { sign, words } = SIGHTS[sight];
        return (
          <td
            key={uri}
            class={`sight ${sight} ${isSplit ? 'split' : ''}`}
            title={`${shortUri(column.uri)} → ${shortUri(uri)}: ${words}`}
          >
            <span aria-hidden="true">{sign}</span>
            <span class="hidden">{words}</span>
          </td>
        );
      })}
    </tr>
  );
}

function splitWords(columns: readonly MapColumn[], rows: readonly MapRow[]): string {
  if (rows.length === 0) return 'Asking the nodes …';
  const split = columns.filter(({ isSplit }) => isSplit).map(({ uri }) => shortUri(uri));
  if (split.length > 0) return `Split view: some see ${split.join(', ')}, and others do not.`;
  const silent = rows.filter(({ silence }) => silence !== undefined).length;
  if (silent > 0) return `Those who say whom they see agree; ${silent} did not say it.`;
  return 'All see the same.';
}
