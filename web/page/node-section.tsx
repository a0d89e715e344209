import type { ListedNode } from '../state/api-answers.ts';
import { roundTripWords, seenWords, shortUri, visibleText } from '../state/words.ts';
import { ScrollBox } from './scroll-box.tsx';

/** The node list. */
export function NodeSection({ nodes }: { readonly nodes: readonly ListedNode[] }) {
  return (
    <section class="panel" aria-labelledby="nodes">
      <h2 id="nodes">Nodes</h2>
      <ScrollBox label="Nodes, table">
        <table>
          <caption>The node list of this node</caption>
          <thead>
            <tr>
              <th scope="col">Node</th>
              <th scope="col">Status</th>
              <th scope="col">Kind</th>
              <th scope="col" class="number">
                Seen
              </th>
              <th scope="col" class="number">
                Round trip
              </th>
              <th scope="col">Software</th>
            </tr>
          </thead>
          <tbody>
            {nodes.map((node) => (
              <NodeRow key={node.uri} node={node} />
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </section>
  );
}

function NodeRow({ node }: { readonly node: ListedNode }) {
  const { uri, status, local, kind, software, suspected, seenAgoMs, roundTripMs, failCount } = node;
  const tone = status === 'active' ? (suspected ? 'warn' : 'good') : 'bad';
  return (
    <tr data-node={uri} class={status === 'active' ? '' : 'away'}>
      <th scope="row" class="mono">
        <bdi>{shortUri(uri)}</bdi> {local && <span class="tag">this node</span>}
      </th>
      <td>
        <span class={`dot ${tone}`} aria-hidden="true" /> {status}
        {suspected && ', suspected'}
        {failCount > 0 && <span class="quiet"> ({failCount} failed)</span>}
      </td>
      <td>{visibleText(kind)}</td>
      <td class="number">{local ? '–' : seenWords(seenAgoMs)}</td>
      <td class="number">{roundTripWords(roundTripMs)}</td>
      <td class="quiet">
        <bdi>{visibleText(software)}</bdi>
      </td>
    </tr>
  );
}
