// The live Logger: pino, one JSON object per line on a pipe, readable lines on a terminal. Writes
// are synchronous, so that the last words of a process that ends are not lost. No line holds a
// credential: neither in a URL nor in a field of a telling name.

import { createRequire } from 'node:module';
import { isatty } from 'node:tty';
import pino, { type DestinationStream } from 'pino';
import { escaped, printableValue } from '../text/printable.ts';
import { redactUrlsIn } from '../text/redact-url.ts';
import type { LogLevel } from './log-level.ts';
import type { Logger } from './logger.ts';

export type { LogLevel } from './log-level.ts';

export interface PinoLoggerOptions {
  /** The actor or program, shown in each line. */
  name: string;
  /** Default `info`. */
  level?: LogLevel;
  /** Readable lines instead of JSON. Default: where the destination is a terminal. */
  pretty?: boolean;
  /**
   * Default `stdout`. Actors that ask a person log to `stderr`. A stream gets whole lines.
   */
  destination?: 'stdout' | 'stderr' | DestinationStream;
}

const SECRET = /^(password|passwd|authorization|proxy-authorization|cookie|set-cookie)$/i;
const DEPTH_MAX = 6;

type PinoPretty = typeof import('pino-pretty');

export function createPinoLogger(options: PinoLoggerOptions): Logger {
  const { stream, pretty } = resolveDestination(options);
  const logger = pino(
    {
      name: options.name,
      level: options.level ?? 'info',
      base: { pid: process.pid, name: options.name },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { error: serializeError, err: serializeError },
      formatters: { log: redactFields },
      // JSON leaves C1 controls and changes of direction as they are.
      hooks: { streamWrite: (line) => escaped(redactUrlsIn(line)) },
    },
    pretty ? prettyStream(stream) : stream,
  );
  return toLogger(logger);
}

/** pino gives a child's bindings to no formatter, so they are redacted here. */
function toLogger(logger: pino.Logger): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (bindings) => toLogger(logger.child(redactFields(bindings))),
  };
}

function resolveDestination({ destination = 'stdout', pretty }: PinoLoggerOptions): {
  stream: DestinationStream;
  pretty: boolean;
} {
  if (typeof destination !== 'string') return { stream: destination, pretty: pretty ?? false };
  const fd = destination === 'stdout' ? 1 : 2;
  return { stream: pino.destination({ fd, sync: true }), pretty: pretty ?? isatty(fd) };
}

function prettyStream(stream: DestinationStream): DestinationStream {
  // Loaded only here: the processes of a line log to pipes and do without it.
  const { prettyFactory }: PinoPretty = createRequire(import.meta.url)('pino-pretty');
  const format = prettyFactory({
    colorize: true,
    ignore: 'pid',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
  return { write: (line) => stream.write(format(printableValue(JSON.parse(line)) as object)) };
}

/** Errors of libraries carry the request that failed, headers and all. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return redactFields({ ...pino.stdSerializers.err(error) });
}

function redactFields(fields: object): Record<string, unknown> {
  return redact(fields, 0) as Record<string, unknown>;
}

/** A copy without the values of telling fields; what is not plain data stays as it is. */
function redact(value: unknown, depth: number): unknown {
  if (value === null || typeof value !== 'object' || depth > DEPTH_MAX) return value;
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      SECRET.test(name) ? '***' : redact(item, depth + 1),
    ]),
  );
}
