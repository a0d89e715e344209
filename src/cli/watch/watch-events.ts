import { setTimeout as after } from 'node:timers/promises';
import { escapeControls } from '../../core/escape-controls.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { NodeApi } from '../node-api/node-api.ts';
import { note, print } from '../print.ts';
import { EventReader, type ServerEvent } from './event-reader.ts';

export interface WatchEvents {
  readonly types: string | undefined;
  readonly output: 'text' | 'json';
}

const RETRY_MS = 1_000;

/** `kdmq watch`. */
export async function watchEvents(api: NodeApi, { types, output }: WatchEvents, signal: AbortSignal): Promise<number> {
  const reader = new EventReader();
  let trouble = '';
  while (!signal.aborted) {
    try {
      const headers = reader.lastId === undefined ? {} : { 'last-event-id': reader.lastId };
      const pieces = await api.listen('/events', { types }, headers);
      if (trouble !== '' || reader.lastId === undefined) note(`watching ${api.name}`);
      trouble = '';
      for await (const event of reader.read(pieces)) await print(lineOf(event, output));
      trouble = 'the node has closed the connection';
      if (!signal.aborted) note(trouble);
    } catch (error) {
      if (signal.aborted) break;
      if (!(error instanceof CommandFailure) || error.exitCode !== EXIT_CODES.unavailable) throw error;
      if (trouble === '' && reader.lastId === undefined) throw error;
      if (trouble !== error.message) note(error.message);
      trouble = error.message;
    }
    await after(RETRY_MS, undefined, { signal }).catch(() => {});
  }
  return EXIT_CODES.ok;
}

function lineOf({ type, data }: ServerEvent, output: 'text' | 'json'): string {
  if (output === 'json') return `${JSON.stringify({ type, ...(JSON.parse(data || '{}') as object) })}\n`;
  return `${new Date().toISOString()} ${escapeControls(type)} ${escapeControls(data)}\n`;
}
