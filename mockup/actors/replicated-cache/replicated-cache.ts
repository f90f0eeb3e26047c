// The replicated cache of one site: pulls products and weblogs from the cache where they were
// written, expands weblogs, archives them at JAO, and shows it all over HTTP. Each source has a queue
// of its own, so that one that never answers holds up nobody else's transfers.

import { AppError, InvalidInputError } from '../../core/errors.ts';
import { type Executive, executives } from '../../core/executives.ts';
import { type CachedBody, cachedBody, parseBody } from '../../core/messages/message-bodies.ts';
import { cachedSelector } from '../../core/messages/selectors.ts';
import type { Actor, ActorPorts } from '../../platform/actor/actor.ts';
import { createSlots, type Slots } from '../../platform/actor/slots.ts';
import type { QueuedMessage, Receiver } from '../../platform/bus/bus.ts';
import { type RetryTable, retry } from '../../platform/clock/retry.ts';
import { joinPath } from '../../platform/files/paths.ts';
import { Releases } from '../../platform/process/releases.ts';
import { isOfSupersededRun } from '../../platform/xtss/superseded-run.ts';
import { requireOwner } from './ownership.ts';
import { SourceGate } from './source-gate.ts';
import { keepWeblog, WEBLOGS_DIRECTORY } from './weblogs.ts';
import { receiveWithdrawals, removeLeaving } from './withdrawals.ts';

/** While a link is down its files are waited for, and others go on meanwhile. */
const PULL_RETRIES: RetryTable = { delays_s: [1, 2, 5], limit_s: 24 * 3600 };
/** Messages of one source in flight; those whose link is down wait among them for hours. */
const MESSAGES_OF_A_SOURCE = 64;
const PULLS_FROM_A_SOURCE = 4;
const WEBLOGS_AT_A_TIME = 4;

export interface ReplicatedCacheOptions {
  /** The cache directory of this site. */
  localCache: string;
  /** The caches of the other executives: `DIRECTORY` or `USER@HOST:DIRECTORY`. */
  caches: Partial<Record<Executive, string>>;
  host: string;
  /** 0: any free port. */
  port: number;
}

export interface ReplicatedCache extends Actor {
  /** Where the cache is shown; weblogs are under `/weblogs/`. */
  url: string;
}

/** Throws AppError `port_in_use`. */
export async function createReplicatedCache(
  ports: ActorPorts,
  options: ReplicatedCacheOptions,
): Promise<ReplicatedCache> {
  const { localCache, host, port } = options;
  const releases = new Releases();
  await ports.files.makeDirectory(joinPath(localCache, WEBLOGS_DIRECTORY));
  const site = await ports.sites.serve(localCache, { host, port });
  releases.add(() => site.close());
  ports.log.info({ url: site.url, localCache }, 'the cache is shown');

  const receivers = [receiveCached(ports, options), receiveWithdrawals(ports, localCache)];
  for (const receiver of receivers) releases.add(() => receiver.stop());
  for (const receiver of receivers) await receiver.ready;
  return { url: site.url, stop: () => releases.release() };
}

function receiveCached(ports: ActorPorts, options: ReplicatedCacheOptions): Receiver {
  const pulls: Pulls = { weblogs: createSlots(WEBLOGS_AT_A_TIME), gates: new Map() };
  return ports.bus.receive(
    cachedSelector(ports.site),
    async (message) => {
      const cached = parseCached(message.body);
      const end = ports.activity.begin(`${cached.fileType} ${cached.name}`);
      try {
        if (await isOfSupersededRun(ports, cached, cached.name)) return;
        await handle(ports, options, pulls, cached, message.signal);
        // Its run may have been superseded while the files travelled.
        await removeSuperseded(ports, options.localCache, cached);
      } finally {
        end();
      }
      ports.activity.count(cached.fileType);
    },
    {
      concurrency: MESSAGES_OF_A_SOURCE * executives.length,
      queues: { of: sourceNamed, limit: MESSAGES_OF_A_SOURCE },
    },
  );
}

async function removeSuperseded(
  ports: ActorPorts,
  localCache: string,
  cached: CachedBody,
): Promise<void> {
  const { ousUID, run, name } = cached;
  if (!run || ousUID === undefined || !(await isOfSupersededRun(ports, cached, name))) return;
  const objection = await removeLeaving(ports, localCache, { ...cached, ousUID, run });
  if (objection !== undefined) ports.log.warn({ name, objection }, 'not removed');
}

/** What can't be understood is a queue, too. */
function sourceNamed({ body }: QueuedMessage): string {
  const { cachedAt } = (body ?? {}) as { cachedAt?: unknown };
  return executives.find((executive) => executive === cachedAt) ?? '';
}

function parseCached(body: unknown): CachedBody {
  const cached = parseBody(cachedBody, 'cached', body);
  if (cached.fileType === 'productsdir' && cached.name === WEBLOGS_DIRECTORY) {
    throw new InvalidInputError(`${cached.name} is no products directory`);
  }
  if (cached.fileType === 'weblog' && !/.\.zip$/.test(cached.name)) {
    throw new InvalidInputError(`a weblog's name ends with .zip, not so ${cached.name}`);
  }
  return cached;
}

interface Pulls {
  weblogs: Slots;
  /** By source. */
  gates: Map<string, SourceGate>;
}

async function handle(
  ports: ActorPorts,
  options: ReplicatedCacheOptions,
  pulls: Pulls,
  cached: CachedBody,
  signal: AbortSignal,
): Promise<void> {
  const { localCache } = options;
  // The site's own, too: what is written in its name makes it expand and archive.
  await requireOwner(ports, cached);
  if (cached.cachedAt !== ports.site) {
    const source = sourceOf(options, cached.cachedAt);
    await pull(ports, pulls, { source, name: cached.name, localCache }, signal);
    ports.log.info({ name: cached.name, source }, 'pulled into the cache');
  }
  if (cached.fileType !== 'weblog') return;
  await pulls.weblogs.run(signal, () => keepWeblog(ports, localCache, cached.name, signal));
}

async function pull(
  ports: ActorPorts,
  { gates }: Pulls,
  { source, name, localCache }: { source: string; name: string; localCache: string },
  signal: AbortSignal,
): Promise<void> {
  const gate = gates.get(source) ?? new SourceGate(createSlots(PULLS_FROM_A_SOURCE));
  gates.set(source, gate);
  const visit = gate.visit();
  try {
    await retry(ports, PULL_RETRIES, `pull of ${name}`, signal, () =>
      visit.attempt(signal, () => ports.treeSync.pull(source, name, localCache, signal)),
    );
  } finally {
    visit.end();
  }
}

function sourceOf(options: ReplicatedCacheOptions, executive: Executive): string {
  const source = options.caches[executive];
  if (source !== undefined) return source;
  throw new AppError('cache_unknown', `it is not known where the cache of ${executive} is`, {
    hint: `give -${executive.toLowerCase()}c or set DRAWS_${executive}_CACHE`,
  });
}
