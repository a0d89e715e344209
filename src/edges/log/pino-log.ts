import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import pino from 'pino';
import { escapeControls } from '../../core/escape-controls.ts';
import type { Counters, Log, LogFields } from '../../ports/telemetry.ts';
import { presentableFields, presentableText } from './presentable.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'auto' | 'json' | 'pretty';

export interface LogOptions {
  readonly level: LogLevel;
  /** `auto`: lines for people on a terminal, JSON otherwise. */
  readonly format: LogFormat;
  /** File descriptor that is written to. Default 1. */
  readonly descriptor?: number;
  /** Gets `log_lines_dropped` when nobody reads the output and the buffer is full. */
  readonly counters?: Counters;
}

/** A log whose level can change while it runs, and whose last lines are not lost. */
export interface ProcessLog extends Log {
  setLevel(level: LogLevel): void;
  /** Writes what is still waiting, at once. To be called last before the process ends. Never throws. */
  flush(): void;
}

/** Bytes that wait for a reader that has fallen behind; further lines are dropped and counted. */
const LONGEST_BACKLOG = 8 * 1024 * 1024;

/** Opens the log. pino-pretty is loaded only when lines for people are wanted. */
export async function openLog(options: LogOptions): Promise<ProcessLog> {
  const descriptor = options.descriptor ?? 1;
  const pretty = options.format === 'pretty' || (options.format === 'auto' && isatty(descriptor));
  return pretty ? openPretty(options, descriptor) : openJson(options, descriptor);
}

function openJson({ level, counters }: LogOptions, descriptor: number): ProcessLog {
  // A file takes a write at once; only a pipe or a terminal may keep the process waiting.
  const sync = fstatSync(descriptor).isFile();
  const destination = pino.destination({ dest: descriptor, sync, minLength: 0, maxLength: LONGEST_BACKLOG });
  destination.on('drop', () => counters?.add('log_lines_dropped', 'backlog'));
  // A reader that has gone away (EPIPE) is no reason to end: the node's work goes on without a log.
  destination.on('error', () => counters?.add('log_lines_dropped', 'unwritable'));
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  const write: WriteLine = (lineLevel, message, fields) =>
    logger[lineLevel](fields === undefined ? {} : renamedReserved(presentableFields(fields)), presentableText(message));
  return adapt(logger, write, () => destination.flushSync());
}

async function openPretty({ level }: LogOptions, descriptor: number): Promise<ProcessLog> {
  const { default: prettyPrinter } = await import('pino-pretty');
  const stream = prettyPrinter({
    destination: descriptor,
    sync: true,
    colorize: isatty(descriptor),
    translateTime: 'SYS:HH:MM:ss.l',
  });
  stream.on('error', () => {});
  const logger = pino({ level, base: null }, stream);
  // The fields go into the text: pino-pretty gives some names a meaning of its own and spreads values over lines.
  const write: WriteLine = (lineLevel, message, fields) =>
    logger[lineLevel](escapeControls(`${presentableText(message)}${fields === undefined ? '' : fieldText(fields)}`));
  return adapt(logger, write, () => {});
}

type WriteLine = (level: LogLevel, message: string, fields: LogFields | undefined) => void;

const RESERVED = new Set(['level', 'time', 'msg']);

/** A field must not stand in for what the log itself says: of two equal names a reader takes the last. */
function renamedReserved(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [RESERVED.has(key) ? `${key}_` : key, value]));
}

/** ` node=sip:10.0.0.1:5060 reason="no answer"` */
function fieldText(fields: LogFields): string {
  return Object.entries(presentableFields(fields))
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${typeof value === 'string' && PLAIN.test(value) ? value : JSON.stringify(value)}`)
    .join('');
}

const PLAIN = /^[\w.:;@/[\]*+-]+$/;

function adapt(logger: pino.Logger, writeLine: WriteLine, flush: () => void): ProcessLog {
  const write: WriteLine = (level, message, fields) => {
    if (logger.isLevelEnabled(level)) writeLine(level, message, fields);
  };
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    setLevel(level) {
      logger.level = level;
    },
    flush() {
      try {
        flush();
      } catch {
        // Nobody reads any more: there is nothing left to save the lines for.
      }
    },
  };
}
