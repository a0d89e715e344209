import type { Item } from '../state/api-answers.ts';
import { bytesText, timeWords, visibleText } from '../state/words.ts';
import { ScrollBox } from './scroll-box.tsx';

interface Parts {
  readonly caption: string;
  readonly items: readonly Item[];
  /** Acknowledges an item that is lent, or gives it back. */
  readonly settle?: (item: Item, what: 'ack' | 'nack') => Promise<void>;
}

/** Items of a queue. Keys and values are text, whatever they look like. */
export function ItemTable({ caption, items, settle }: Parts) {
  return (
    <ScrollBox label={`${caption}, table`}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Id</th>
            <th scope="col">Added</th>
            <th scope="col" class="number">
              Lent
            </th>
            <th scope="col">Key</th>
            <th scope="col">Value</th>
            {settle !== undefined && <th scope="col">Then</th>}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={`${item.partition} ${item.id} ${item.deliveries}`}>
              <th scope="row" class="mono">
                {visibleText(item.id)}
              </th>
              <td>{item.addedAt === undefined ? '–' : timeWords(Date.parse(item.addedAt))}</td>
              <td class="number">{item.deliveries}</td>
              <td class="mono bytes">
                <bdi>{bytesText(item.key)}</bdi>
              </td>
              <td class="mono bytes">
                <bdi>{bytesText(item.value)}</bdi>
              </td>
              {settle !== undefined && <SettleCell item={item} settle={settle} />}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function SettleCell({ item, settle }: { readonly item: Item; readonly settle: NonNullable<Parts['settle']> }) {
  if (item.receipt === undefined) return <td class="quiet">done</td>;
  return (
    <td class="buttons">
      <button type="button" aria-label={`Ack item ${item.id}`} onClick={() => void settle(item, 'ack')}>
        Ack
      </button>
      <button type="button" aria-label={`Nack item ${item.id}`} onClick={() => void settle(item, 'nack')}>
        Nack
      </button>
    </td>
  );
}
