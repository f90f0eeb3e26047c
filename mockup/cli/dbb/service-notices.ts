// What a manager tells systemd of itself (`Type=notify`, `WatchdogSec=`): that it is ready, that it stops,
// and again and again that it works. Node has no datagrams on Unix sockets: the program
// `systemd-notify` sends them (so the unit needs `NotifyAccess=all`).

import { execFile } from 'node:child_process';

export interface ServiceNotices {
  ready(): void;
  stopping(): void;
  /** Something was done; without this for a while the watchdog is no longer told. */
  alive(): void;
  close(): void;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Three notices within the time after which systemd takes a service for dead. */
const PER_LIMIT = 3;

/** Does nothing where no service manager asked for it. `warn` is told once where it can't be told. */
export function openServiceNotices(
  env: Environment,
  warn: (message: string) => void,
): ServiceNotices {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = env;
  if (!NOTIFY_SOCKET) return { ready() {}, stopping() {}, alive() {}, close() {} };
  let isTold = false;
  const send = (...words: string[]): void => {
    execFile('systemd-notify', words, { timeout: 10_000 }, (error) => {
      if (error && !isTold) warn(`systemd can't be told: ${error.message.split('\n')[0]}`);
      isTold ||= error !== null;
    });
  };
  const isOurs = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid;
  const limit_ms = isOurs ? Number(WATCHDOG_USEC) / 1000 : Number.NaN;
  let isStopping = false;
  let seen_ms = performance.now();
  const timer =
    limit_ms > 0
      ? setInterval(() => {
          // The last transfers of one that stops may take long: that this runs is enough then.
          if (isStopping || performance.now() - seen_ms < limit_ms) send('WATCHDOG=1');
        }, limit_ms / PER_LIMIT)
      : undefined;
  timer?.unref();
  return {
    ready: () => send('--ready'),
    stopping() {
      isStopping = true;
      send('STOPPING=1');
    },
    alive() {
      seen_ms = performance.now();
    },
    close: () => clearInterval(timer),
  };
}
