import { escapeControls } from '../core/escape-controls.ts';
import type { Log, LogFields } from '../ports/telemetry.ts';
import { toStandardError } from './print.ts';

/** What stores have to say, as lines for people. Only what is wrong: a command says the rest itself. */
export class StandardErrorLog implements Log {
  debug(): void {}

  info(): void {}

  warn(message: string, fields?: LogFields): void {
    write(message, fields);
  }

  error(message: string, fields?: LogFields): void {
    write(message, fields);
  }
}

function write(message: string, fields: LogFields = {}): void {
  const details = Object.entries(fields).map(([name, value]) => `${name} ${escapeControls(text(value))}`);
  toStandardError(`kdmq: ${[message, ...details].join(', ')}\n`);
}

function text(value: unknown): string {
  return value instanceof Error ? value.message : String(value);
}
