// What `draws status` knows of a site, read from its databases.

import { databaseNames } from '../../core/databases.ts';
import { type OusState, ousStates } from '../../core/ous/life-cycle.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import { readOus } from '../../core/ous/reading.ts';
import {
  messagesInDelivery,
  openStates,
  ousSummariesInState,
  unreadMessages,
} from '../../core/queries.ts';
import { parseTimestamp } from '../../core/timestamps.ts';
import type { ActorDocument } from '../../platform/actor/actor-document.ts';
import { readActor } from '../../platform/actor/actor-document.ts';
import { HEARTBEAT_STALE_MS } from '../../platform/actor/heartbeat.ts';
import { DEFAULT_MESSAGE_AGE_MS } from '../../platform/bus/housekeeping.ts';
import type { Message } from '../../platform/bus/message.ts';
import type { DatabaseServer } from '../../platform/couch/database.ts';
import { countDocuments } from '../../platform/couch/documents/count-documents.ts';
import { printableLine } from '../../platform/text/printable.ts';
import type { Running } from '../actor/run-until-stopped.ts';
import { textTable } from '../terminal/text-table.ts';
import { orEmpty } from './absent-database.ts';
import {
  oussUnderWay,
  type UnderWayOus,
  underWayLines,
  type WaitingOus,
  waitingLines,
  waitingOuss,
} from './waiting.ts';

export interface SiteStatus {
  couchdb: string;
  /** How many OUSs are in each state that has any. */
  ouss: Partial<Record<OusState, number>>;
  /** Those that wait for a person, with whom or what they wait for. */
  waiting: WaitingOus[];
  /** Those that actors are at, or will take up by themselves. */
  underWay: UnderWayOus[];
  /** How many messages wait for a receiver, by selector. */
  unread: Record<string, number>;
  dead: number;
  actors: ActorStatus[];
  /** What the site's databases take on disk. */
  storage: StorageStatus;
}

interface StorageStatus {
  databases_bytes: number;
  messages_bytes: number;
  messages: number;
  /** Days for which a finished message is kept. */
  messageDays: number;
}

interface ActorStatus {
  name: string;
  site: string;
  host: string;
  pid: number;
  /** `down`: its heartbeat is too old. */
  state: 'idle' | 'busy' | 'stopped' | 'down';
  started: string;
  workingOn: string[];
  counts: Record<string, number>;
  /** What went wrong lately and is tried again. */
  trouble?: string;
  version?: string;
}

const DAY_MS = 24 * 3_600_000;
/** What the messages of one OUS take at a site while they are kept; docs/OPERATIONS.md. */
export const MESSAGES_KB_PER_OUS = 160;

const WATCH_INTERVAL_MS = 500;
/** So long after the last change an actor that died is noticed. */
const WATCH_REFRESH_MS = HEARTBEAT_STALE_MS / 2;

export async function readStatus(
  server: DatabaseServer,
  now_ms: number,
  messageAge_ms: number = DEFAULT_MESSAGE_AGE_MS,
): Promise<SiteStatus> {
  const messages = server.open(databaseNames.messages);
  const entities = server.open(databaseNames.statusEntities);
  const [docs, total, open, dead, actors, storage] = await Promise.all([
    Promise.all(openStates.map((state) => entities.find<OusDocument>(ousSummariesInState(state)))),
    countDocuments(entities),
    messages.find<Message>(unreadMessages(['_id', 'selector'])),
    messages.find<Message>(messagesInDelivery('dead', ['_id'])),
    orEmpty(server.open(databaseNames.actors).allDocs(), []),
    readStorage(server, messageAge_ms),
  ]);
  const ouss: SiteStatus['ouss'] = {};
  const read = docs.flat().flatMap((doc) => readOus(doc) ?? []);
  for (const { state } of read) ouss[state] = (ouss[state] ?? 0) + 1;
  // They are history: counted by what the others leave, never read.
  const delivered = total - docs.flat().length;
  if (delivered > 0) ouss.Delivered = delivered;
  const unread: Record<string, number> = {};
  for (const { selector } of open) unread[selector] = (unread[selector] ?? 0) + 1;
  return {
    couchdb: server.address,
    ouss,
    waiting: waitingOuss(read),
    underWay: oussUnderWay(read),
    unread,
    dead: dead.length,
    actors: actors
      .flatMap((doc) => readActor(doc) ?? [])
      .map((actor) => actorStatus(actor, now_ms)),
    storage,
  };
}

async function readStorage(server: DatabaseServer, messageAge_ms: number): Promise<StorageStatus> {
  const names = Object.values(databaseNames);
  const size = async (name: string): Promise<number> =>
    (await server.open(name).info()).file_bytes;
  const [count, ...sizes] = await Promise.all([
    countDocuments(server.open(databaseNames.messages)),
    ...names.map((name) => orEmpty(size(name), 0)),
  ]);
  return {
    databases_bytes: sizes.reduce((sum, bytes) => sum + bytes, 0),
    messages_bytes: sizes[names.indexOf(databaseNames.messages)] ?? 0,
    messages: count,
    messageDays: messageAge_ms / DAY_MS,
  };
}

function actorStatus(actor: ActorDocument, now_ms: number): ActorStatus {
  const { name, site, host, pid, started, workingOn, counts } = actor;
  const silent_ms = now_ms - parseTimestamp(actor.timestamp);
  const isDown = actor.state !== 'stopped' && silent_ms > HEARTBEAT_STALE_MS;
  return {
    name,
    site,
    host,
    pid,
    started,
    workingOn,
    counts,
    state: isDown ? 'down' : actor.state,
    ...(actor.trouble === undefined ? {} : { trouble: actor.trouble }),
    ...(actor.version === undefined ? {} : { version: actor.version }),
  };
}

export function statusLines(status: SiteStatus, columns: number): string[] {
  const states = ousStates.flatMap((state) => {
    const count = status.ouss[state];
    return count === undefined ? [] : [[`  ${state}`, count]];
  });
  const unread = Object.entries(status.unread).map(([selector, count]) => [
    `  ${selector}`,
    count,
  ]);
  const actors = status.actors.map(({ site, name, state, pid, host, workingOn }) => [
    `  ${site}`,
    name,
    state,
    `${pid}@${host}`,
    workingOn.join(', '),
  ]);
  const lines = [
    `OUSs at ${status.couchdb}`,
    ...(states.length > 0 ? textTable(states) : ['  none']),
    ...waitingLines(status.waiting),
    ...underWayLines(status.underWay),
    'Unread messages',
    ...(unread.length > 0 ? textTable(unread) : ['  none']),
    ...(status.dead > 0 ? [`  ${status.dead} dead (draws messages --dead)`] : []),
    storageLine(status.storage),
    'Actors',
    ...(actors.length > 0 ? textTable(actors) : ['  none']),
  ];
  const clipped = lines.map((line) =>
    line.length > columns ? `${line.slice(0, columns - 1)}…` : line,
  );
  // What went wrong is read to its end.
  return [...clipped, ...troubleLines(status.actors).map(printableLine)];
}

function storageLine(storage: StorageStatus): string {
  const { databases_bytes, messages_bytes, messages, messageDays } = storage;
  const size = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const kept = `kept ${Number(messageDays.toFixed(2))} days`;
  return (
    `Databases ${size(databases_bytes)}, of it ${size(messages_bytes)} for ${messages} messages ` +
    `(${kept}; ceiling ${MESSAGES_KB_PER_OUS} KB for an OUS)`
  );
}

/** What actors say is wrong, and versions that differ; nothing where all is well. */
function troubleLines(actors: readonly ActorStatus[]): string[] {
  const running = actors.filter(({ state }) => state !== 'stopped');
  const troubles = running.flatMap(({ site, name, trouble }) =>
    trouble === undefined ? [] : [`  ${site} ${name}: ${trouble}`],
  );
  const versions = new Set(running.flatMap(({ version }) => version ?? []));
  if (versions.size > 1) {
    troubles.push(`  versions differ: ${[...versions].sort().join(', ')} (draws doctor)`);
  }
  return troubles.length > 0 ? ['Trouble', ...troubles] : [];
}

/** Calls `show` soon after each change of what is shown, one call at a time. */
export async function watchStatus(
  server: DatabaseServer,
  show: () => Promise<void>,
): Promise<Running> {
  let timer: NodeJS.Timeout | undefined;
  let showing = Promise.resolve();
  let stopped = false;
  const showSoon = (delay_ms: number): void => {
    if (stopped) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      // An error means that the server is away: the next change shows it again.
      showing = show()
        .catch(() => {})
        .then(() => showSoon(WATCH_REFRESH_MS));
    }, delay_ms);
  };
  const watched = [databaseNames.statusEntities, databaseNames.messages, databaseNames.actors];
  const feeds = watched.map((name) =>
    server.open(name).follow({ since: 'now', onChanges: () => showSoon(WATCH_INTERVAL_MS) }),
  );
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await Promise.all([showing, ...feeds.map((feed) => feed.stop())]);
    },
  };
}
