// What an actor's log says went wrong is shown in its heartbeat too, so that `draws status` and
// `draws doctor` can tell it on any host, without a look into logs.

import type { Logger } from '../platform/log/logger.ts';

/** A logger that writes to `log` and tells each warning and error in one line. */
export function watchTroubles(log: Logger, tell: (text: string) => void): Logger {
  const watch =
    (level: 'warn' | 'error'): Logger['warn'] =>
    (fields, message) => {
      log[level](fields, message);
      const { reason } = fields as { reason?: unknown };
      tell(typeof reason === 'string' ? `${message}: ${reason}` : message);
    };
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: watch('warn'),
    error: watch('error'),
    child: (fields) => watchTroubles(log.child(fields), tell),
  };
}
