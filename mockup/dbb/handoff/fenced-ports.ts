// The ports of a manager as long as it has the lock of its buffer. A process that was stopped for a
// while (a frozen machine, SIGSTOP) goes on in the middle of whatever it did, and another manager may
// have the buffer by then: so the lock is looked at again before each effect, and when it is lost
// what still runs is ended at once.

import { AppError } from '../../core/errors.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database, DatabaseServer } from '../../platform/couch/database.ts';
import type { AppendLog } from '../holding/append-logs.ts';
import type { DirectoryLock } from '../holding/directory-lock.ts';
import type { CommandCall } from '../remote/command-runner.ts';
import type { HandoffPorts } from './parts.ts';

export interface Fence {
  /** Throws AppError `lock_lost` where another manager has the buffer; else shows a sign of life. */
  renew(): void;
  /** The same, without looking where it was looked at a moment ago. */
  check(): void;
  /** Aborted when the lock is lost. */
  lost: AbortSignal;
}

/** Much less than the time after which another manager takes over. */
const SURE_MS = 3000;

export function createFence(lock: DirectoryLock, clock: Clock): Fence {
  const lost = new AbortController();
  let renewed_ms = Number.NEGATIVE_INFINITY;
  const renew = (): void => {
    if (lost.signal.aborted) throw lost.signal.reason;
    try {
      lock.renew();
    } catch (error) {
      if (error instanceof AppError && error.code === 'lock_lost') lost.abort(error);
      throw error;
    }
    renewed_ms = clock.monotonic();
  };
  return {
    renew,
    check() {
      if (lost.signal.aborted || clock.monotonic() - renewed_ms > SURE_MS) renew();
    },
    lost: lost.signal,
  };
}

export function fencedPorts(ports: HandoffPorts, fence: Fence): HandoffPorts {
  const { work, commands, databases, journals } = ports;
  return {
    ...ports,
    databases: fencedServer(databases, fence),
    commands: {
      ...commands,
      async run(call: CommandCall) {
        fence.check();
        const signals = call.signal ? [call.signal, fence.lost] : [fence.lost];
        const result = await commands.run({ ...call, signal: AbortSignal.any(signals) });
        fence.check();
        return result;
      },
    },
    work: {
      ...work,
      async hold(options, requests) {
        fence.check();
        return work.hold(options, requests);
      },
      async putBack(roots, files) {
        fence.check();
        return work.putBack(roots, files);
      },
      async remove(holding, files) {
        fence.check();
        return work.remove(holding, files);
      },
    },
    journals: {
      ...journals,
      async open(name, values) {
        fence.check();
        return fencedLog(await journals.open(name, values), fence);
      },
      remove(name) {
        fence.check();
        journals.remove(name);
      },
    },
  };
}

function fencedLog(log: AppendLog, fence: Fence): AppendLog {
  return {
    name: log.name,
    async append(values, options) {
      fence.check();
      await log.append(values, options);
    },
    close: () => log.close(),
  };
}

function fencedServer(server: DatabaseServer, fence: Fence): DatabaseServer {
  return new Proxy(server, {
    get(target, key) {
      if (key === 'open') return (name: string) => fencedDatabase(target.open(name), fence);
      return methodOf(target, key);
    },
  });
}

function fencedDatabase(database: Database, fence: Fence): Database {
  return new Proxy(database, {
    get(target, key) {
      if (key !== 'bulk') return methodOf(target, key);
      return async (docs: Parameters<Database['bulk']>[0]) => {
        fence.check();
        return target.bulk(docs);
      };
    },
  });
}

function methodOf<T extends object>(target: T, key: string | symbol): unknown {
  const value = Reflect.get(target, key);
  return typeof value === 'function' ? value.bind(target) : value;
}
