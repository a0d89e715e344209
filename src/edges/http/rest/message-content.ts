import type { FromSchema } from 'json-schema-to-ts';
import { readBase64 } from '../../../core/base64.ts';
import { CONTENT_TYPE, type messageBody } from './channel-schemas.ts';
import { invalid } from './invalid.ts';

/** What is to be sent. */
export interface MessageContent {
  readonly body: string | Uint8Array;
  readonly contentType: string;
}

/** JSON says what is sent and as what; every other body is sent as it came, with its own Content-Type. Throws an HttpProblem. */
export function messageContent(
  body: Uint8Array | FromSchema<typeof messageBody> | undefined | null,
  header: string | undefined,
): MessageContent {
  if (body === undefined || body === null) throw invalid('there is no body; for an empty message send {} as JSON');
  if (body instanceof Uint8Array) return { body, contentType: checked(header ?? 'application/octet-stream') };
  const { body: text, bodyBase64, contentType = 'text/plain' } = body;
  if (text?.isWellFormed() === false) throw invalid('the body: "body" holds half a character');
  if (bodyBase64 === undefined) return { body: text ?? '', contentType };
  if (text !== undefined) throw invalid('the body may have "body" or "bodyBase64", not both');
  const bytes = readBase64(bodyBase64);
  if (bytes === undefined) throw invalid('the body: "bodyBase64" is not base64');
  return { body: bytes, contentType };
}

/** Latin-1 may come in a header of HTTP. */
function checked(contentType: string): string {
  if (CONTENT_TYPE.test(contentType)) return contentType;
  throw invalid('the header Content-Type holds something else than printable ASCII, or more than 200 characters');
}
