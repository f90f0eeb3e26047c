// What an actor's log says went wrong is shown in its heartbeat too, so that `draws status` and
// `draws doctor` can tell it on any host, without a look into logs.

import type { Logger } from '../../platform/log/logger.ts';

/** Fields by which log lines name what they are about, the most telling first. */
const ABOUT = ['ousUid', 'ous', 'document', 'task', 'message', 'selector'] as const;
const WHY = ['reason', 'error', 'answer'] as const;
const NAMED_MAX = 2;

/**
 * A logger that writes to `log` and tells each warning and error in one line: what happened, to
 * what, and why, as far as the line has it.
 */
export function watchTroubles(
  log: Logger,
  tell: (text: string) => void,
  bindings: Readonly<Record<string, unknown>> = {},
): Logger {
  const watch =
    (level: 'warn' | 'error'): Logger['warn'] =>
    (fields, message) => {
      log[level](fields, message);
      tell(describeTrouble({ ...bindings, ...fields }, message));
    };
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: watch('warn'),
    error: watch('error'),
    child: (fields) => watchTroubles(log.child(fields), tell, { ...bindings, ...fields }),
  };
}

function describeTrouble(fields: Readonly<Record<string, unknown>>, message: string): string {
  const text = (name: string): string[] => {
    const value = fields[name];
    return typeof value === 'string' && value !== '' ? [value] : [];
  };
  const about = ABOUT.flatMap(text).slice(0, NAMED_MAX);
  const [why] = WHY.flatMap(text);
  const what = about.length > 0 ? `${message} (${about.join(', ')})` : message;
  return why === undefined ? what : `${what}: ${why}`;
}
