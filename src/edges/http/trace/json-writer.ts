import { formatHostPort } from '../../../core/node-uri.ts';
import type { MessageOutline } from '../../../core/trace/message-outline.ts';
import type { Endpoint, TracedMessage } from '../../../core/trace/traced-message.ts';
import type { TraceTotals, TraceWriter } from './trace-writer.ts';

/** A trace as lines of JSON: one a message, and one with `seen` and `dropped` from time to time. */
export class JsonWriter implements TraceWriter {
  readonly contentType = 'application/x-ndjson';

  start(): undefined {
    return undefined;
  }

  message(message: TracedMessage, outline: () => MessageOutline): readonly Uint8Array[] {
    const { time, direction, transport, local, remote, bytes } = message;
    const { method, code, reason, channel, callId } = outline();
    const shown = {
      time: microsecondsOf(time),
      direction,
      transport,
      local: addressOf(local),
      remote: addressOf(remote),
      method,
      code,
      reason,
      channel,
      callId,
      size: bytes.length,
      bytesBase64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
    };
    return [lineOf(shown)];
  }

  totals(_time: number, totals: TraceTotals): Uint8Array {
    return lineOf(totals);
  }
}

function lineOf(value: object): Uint8Array {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}

function addressOf({ address, port }: Endpoint): string {
  return formatHostPort({ host: address, port });
}

/** RFC 3339 with six digits of a second. */
function microsecondsOf(time: number): string {
  const microseconds = Math.round(time * 1_000);
  const rest = String(microseconds % 1_000).padStart(3, '0');
  return new Date(Math.floor(microseconds / 1_000)).toISOString().replace('Z', `${rest}Z`);
}
