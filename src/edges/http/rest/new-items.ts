import type { FromSchema } from 'json-schema-to-ts';
import { readBase64 } from '../../../core/base64.ts';
import { invalid } from './invalid.ts';
import type { newItemQuery, newItemsBody } from './item-schemas.ts';

export interface NewItem {
  readonly key: string | Uint8Array;
  readonly value: string | Uint8Array;
  readonly delayMs: number | undefined;
}

type Bytes = string | { readonly base64: string };

/** What is to be added: JSON says it, every other body is the value itself, whose key stands in the query. Throws an HttpProblem. */
export function newItems(
  body: FromSchema<typeof newItemsBody> | Uint8Array | undefined | null,
  { key, delay_ms: delayMs }: FromSchema<typeof newItemQuery>,
): NewItem[] {
  if (body === undefined || body === null) throw invalid('there is no body; an empty value needs a Content-Type');
  if (body instanceof Uint8Array) return [{ key: textOf(key ?? '', 'the query: "key"'), value: body, delayMs }];
  if (key !== undefined || delayMs !== undefined) {
    throw invalid('the query may have "key" and "delay_ms" only where the body is the value: JSON has them in itself');
  }
  const isList = Array.isArray(body);
  return [body].flat().map((item, index) => {
    const where = isList ? `the body: "${index}.` : 'the body: "';
    return {
      key: bytesOf(item.key, `${where}key"`),
      value: bytesOf(item.value, `${where}value"`),
      delayMs: item.delayMs,
    };
  });
}

function bytesOf(bytes: Bytes, where: string): string | Uint8Array {
  if (typeof bytes === 'string') return textOf(bytes, where);
  const read = readBase64(bytes.base64);
  if (read === undefined) throw invalid(`${where} holds something else than base64`);
  return read;
}

/** The encoder would put another character in the place of the half one. */
function textOf(text: string, where: string): string {
  if (!text.isWellFormed()) throw invalid(`${where} holds half a character`);
  return text;
}
