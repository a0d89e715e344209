import { isatty } from 'node:tty';
import pino from 'pino';
import { escapeControls } from '../../core/escape-controls.ts';
import type { LogLevel } from '../../core/log-level.ts';
import type { Log, LogFields } from '../../ports/telemetry.ts';
import { type LogOutput, openOutput } from './log-output.ts';
import { presentableFields, presentableText } from './presentable.ts';

export type LogFormat = 'auto' | 'json' | 'pretty';

export interface LogOptions {
  readonly level: LogLevel;
  /** `auto`: lines for people on a terminal, JSON otherwise. */
  readonly format: LogFormat;
  /** File descriptor that is written to. Default 1. */
  readonly descriptor?: number;
}

/** A log whose level can change while it runs, and whose last lines are not lost. */
export interface ProcessLog extends Log {
  setLevel(level: LogLevel): void;
  /**
   * Resolves when all lines are written, or after a second when nobody reads them. To be called last before the
   * process ends: what is logged afterwards is dropped. Never rejects.
   */
  close(): Promise<void>;
}

/** Opens the log. Lines that nobody reads are dropped in the end; the next line that gets through is followed by their number. pino-pretty is loaded only when lines for people are wanted. */
export async function openLog({ level, format, descriptor = 1 }: LogOptions): Promise<ProcessLog> {
  const sink = new CountingSink(openOutput(descriptor));
  const pretty = format === 'pretty' || (format === 'auto' && isatty(descriptor));
  return pretty ? await prettyLog(level, sink, isatty(descriptor)) : jsonLog(level, sink);
}

function jsonLog(level: LogLevel, sink: CountingSink): ProcessLog {
  const formatters = { level: (label: string) => ({ level: label }) };
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, sink);
  return adapt(logger, sink, (lineLevel, message, fields) =>
    logger[lineLevel](fields === undefined ? {} : renamedReserved(presentableFields(fields)), presentableText(message)),
  );
}

async function prettyLog(level: LogLevel, sink: CountingSink, colorize: boolean): Promise<ProcessLog> {
  const { prettyFactory } = await import('pino-pretty');
  const prettify = prettyFactory({ colorize, translateTime: 'SYS:HH:MM:ss.l' });
  const logger = pino({ level, base: null }, { write: (line: string) => sink.write(prettify(line)) });
  // The fields go into the text: pino-pretty gives some names a meaning of its own and spreads values over lines.
  return adapt(logger, sink, (lineLevel, message, fields) =>
    logger[lineLevel](escapeControls(`${presentableText(message)}${fields === undefined ? '' : fieldText(fields)}`)),
  );
}

/** Counts the lines that the output had to drop since the last one that it took. */
class CountingSink {
  readonly #output: LogOutput;
  #dropped = 0;
  #took = true;

  constructor(output: LogOutput) {
    this.#output = output;
  }

  write(line: string): void {
    this.#took = this.#output.write(line);
    if (!this.#took) this.#dropped++;
  }

  /** How many were dropped, once lines get through again; 0 before. */
  takeDropped(): number {
    const dropped = this.#took ? this.#dropped : 0;
    this.#dropped -= dropped;
    return dropped;
  }

  /** The line that told of so many was dropped too: the next one tells of them. */
  keepUntold(lines: number): void {
    if (!this.#took) this.#dropped += lines - 1;
  }

  close(): Promise<void> {
    return this.#output.close();
  }
}

const RESERVED = new Set(['level', 'time', 'msg']);

/** A field must not stand in for what the log itself says: of two equal names a reader takes the last. */
function renamedReserved(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [RESERVED.has(key) ? `${key}_` : key, value]));
}

const PLAIN = /^[\w.:;@/[\]*+-]+$/;

/** ` node=sip:10.0.0.1:5060 reason="no answer"` */
function fieldText(fields: LogFields): string {
  return Object.entries(presentableFields(fields))
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${typeof value === 'string' && PLAIN.test(value) ? value : JSON.stringify(value)}`)
    .join('');
}

type WriteLine = (level: LogLevel, message: string, fields: LogFields | undefined) => void;

function adapt(logger: pino.Logger, sink: CountingSink, writeLine: WriteLine): ProcessLog {
  let closed: Promise<void> | undefined;
  const write: WriteLine = (level, message, fields) => {
    if (closed !== undefined || !logger.isLevelEnabled(level)) return;
    writeLine(level, message, fields);
    const lines = sink.takeDropped();
    if (lines === 0) return;
    writeLine('warn', 'lines of the log were dropped: nobody read them in time', { lines });
    sink.keepUntold(lines);
  };
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    setLevel(level) {
      logger.level = level;
    },
    close() {
      closed ??= sink.close();
      return closed;
    },
  };
}
