// The ports of one simulated process, each behind its gate.

import { type Clock, sleepOn } from '../../platform/clock/clock.ts';
import type { OperatorConsole } from '../../platform/console/operator-console.ts';
import type {
  Database,
  DatabaseServer,
  Feed,
  Query,
  TakePage,
} from '../../platform/couch/database.ts';
import type { Files } from '../../platform/files/files.ts';
import type { TreeSync } from '../../platform/files/tree-sync.ts';
import type { StaticSites } from '../../platform/http/static-site.ts';
import type { Programs } from '../../platform/process/programs.ts';
import { never, type PortGate } from './port-gate.ts';

/** As `temporaryPath` of the live files makes them. */
const TORN_NAME = '.part-0000000000000000';

export function gatedClock(gate: PortGate, clock: Clock): Clock {
  const timer: Clock['timer'] = (delay_ms, callback) => {
    if (!gate.alive) return () => {};
    const fire = (): void => {
      forget();
      callback();
    };
    const cancel = clock.timer(delay_ms, gate.guard(fire));
    const forget = gate.onEnd(cancel);
    return () => {
      forget();
      cancel();
    };
  };
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    timer,
    sleep: (delay_ms, signal) =>
      gate.call('clock.sleep', () => sleepOn(clock.timer, delay_ms, signal)),
  };
}

export function gatedServer(gate: PortGate, server: DatabaseServer): DatabaseServer {
  return {
    address: server.address,
    open: (name) => gatedDatabase(gate, server.open(name)),
    ...gated(gate, 'server', server, ['create', 'remove', 'names', 'check']),
  };
}

function gatedDatabase(gate: PortGate, database: Database): Database {
  return {
    name: database.name,
    ...gated(gate, database.name, database, [
      'info',
      'get',
      'getMany',
      'leaves',
      'put',
      'bulk',
      'find',
      'allDocs',
      'newestIds',
      'putAttachment',
      'getAttachment',
      'ensureIndex',
    ]),
    findInPages: async <T>(query: Query, take: TakePage<T>) => {
      const found = await gate.call(`${database.name}.find`, () => database.find<T>(query));
      if (found.length > 0) await take(found);
    },
    exclusive: gated(gate, database.name, database.exclusive, ['read', 'write', 'writeMany']),
    follow: (options) => gatedFeed(gate, database, options),
  };
}

/** Begins a moment later, like a request: what happens meanwhile is not `now` any more. */
function gatedFeed(
  gate: PortGate,
  database: Database,
  options: Parameters<Database['follow']>[0],
): Feed {
  const { onState, onDoubt } = options;
  let feed: Feed | undefined;
  let stopped = false;
  const open = async (): Promise<void> => {
    await gate.travel();
    if (stopped) return;
    feed = database.follow({
      ...options,
      onChanges: (changes) => {
        const hear = () => (gate.alive ? options.onChanges(changes) : never());
        return gate.isFrozen ? gate.whileFrozen().then(hear) : hear();
      },
      ...(onState && { onState: gate.guard(onState) }),
      ...(onDoubt && { onDoubt: gate.guard(onDoubt) }),
    });
  };
  const forget = gate.onEnd(() => {
    stopped = true;
    void feed?.stop();
  });
  void open();
  return {
    stop: async () => {
      stopped = true;
      forget();
      await feed?.stop();
      if (!gate.alive) await never();
    },
  };
}

export function gatedFiles(gate: PortGate, files: Files): Files {
  const methods = ['read', 'list', 'stat', 'makeDirectory', 'remove', 'rename'] as const;
  return {
    ...gated(gate, 'files', files, methods),
    write: (path, content) =>
      gate.call(
        'files.write',
        () => files.write(path, content),
        () => tear(gate, files, path, content.slice(0, content.length / 2)),
      ),
    copy: (from, to) =>
      gate.call(
        'files.copy',
        () => files.copy(from, to),
        () => tear(gate, files, to, 'half'),
      ),
  };
}

/** The process dies in the middle: half of the content is there, under a temporary name. */
async function tear(
  gate: PortGate,
  files: Files,
  path: string,
  half: Uint8Array | string,
): Promise<void> {
  await files.write(`${path.slice(0, path.lastIndexOf('/'))}/${TORN_NAME}`, half);
  gate.die();
}

/** A copy between sites, which can break off in the middle. */
export interface BreakableTreeSync extends TreeSync {
  pullHalf: TreeSync['pull'];
}

export function gatedTreeSync(gate: PortGate, treeSync: TreeSync | BreakableTreeSync): TreeSync {
  return {
    pull: (source, name, directory, signal) => {
      const whole = () => treeSync.pull(source, name, directory, either(gate.ended, signal));
      const half = 'pullHalf' in treeSync ? treeSync.pullHalf : treeSync.pull;
      return gate.call('treeSync.pull', whole, () =>
        half(source, name, directory, either(gate.ended, signal)),
      );
    },
  };
}

export function gatedPrograms(gate: PortGate, programs: Programs): Programs {
  return {
    run: (program, args, options) =>
      gate.call(`programs.run ${program}`, () => programs.run(program, args, options)),
  };
}

export function gatedSites(gate: PortGate, sites: StaticSites): StaticSites {
  return {
    serve: (directory, options) =>
      gate.call('sites.serve', async () => {
        const { url, close } = await sites.serve(directory, options);
        // The system closes the port of a process that dies.
        gate.onEnd(() => void close());
        return { url, close: () => gate.call('site.close', close) };
      }),
  };
}

export function gatedConsole(gate: PortGate, console: OperatorConsole): OperatorConsole {
  return {
    print: gate.guard((text: string) => console.print(text)),
    ...gated(gate, 'console', console, ['chooseFrom', 'chooseKey']),
  };
}

/** These methods of a port, each call through the gate. */
function gated<Port extends object, Method extends keyof Port & string>(
  gate: PortGate,
  what: string,
  port: Port,
  methods: readonly Method[],
): Pick<Port, Method> {
  const wrapped = methods.map((method) => {
    const direct = port[method] as (...args: unknown[]) => Promise<unknown>;
    return [
      method,
      (...args: unknown[]) => gate.call(`${what}.${method}`, () => direct.apply(port, args)),
    ];
  });
  return Object.fromEntries(wrapped) as Pick<Port, Method>;
}

function either(ended: AbortSignal, signal: AbortSignal | undefined): AbortSignal {
  return signal ? AbortSignal.any([ended, signal]) : ended;
}
