// All that must hold when the line has come to rest: every OUS delivered once, nothing unread, the
// sites equal. It works over the ports of databases and files, so the live line and the simulated
// one are checked alike.

import type { DatabaseServer } from '../../platform/couch/database.ts';
import { type Cache, checkArchive, checkCaches, checkRunsOf, readCache } from './cache-checker.ts';
import { completedRuns, historyOf } from './life-cycle-checker.ts';
import { checkMessages } from './message-checker.ts';
import { checkOus, readSite } from './ous-checker.ts';
import { checkReplicas } from './replica-checker.ts';

export interface CheckedSite {
  name: string;
  server: DatabaseServer;
  cache: Omit<Cache, 'name'>;
}

export interface CheckedLine {
  jao: CheckedSite;
  /** Those that process OUSs. */
  arcs: readonly CheckedSite[];
  ousUids: readonly string[];
}

/** What is wrong, one line each; nothing: an empty list. */
export async function checkLine({ jao, arcs, ousUids }: CheckedLine): Promise<string[]> {
  const problems: string[] = [];
  const say = (where: string, what: readonly string[]): void => {
    problems.push(...what.map((problem) => `${where}: ${problem}`));
  };
  for (const { name, server } of [jao, ...arcs]) {
    const documents = await readSite(server);
    for (const ousUid of ousUids) say(`${ousUid} at ${name}`, checkOus(documents, ousUid));
    say(name, await checkMessages(server));
  }
  for (const arc of arcs) say(arc.name, await checkReplicas(jao.server, arc.server));
  const cache = await readCache({ name: jao.name, ...jao.cache });
  const others = [];
  for (const arc of arcs) others.push(await readCache({ name: arc.name, ...arc.cache }));
  say('caches', checkCaches(cache, others));
  const { ouss } = await readSite(jao.server);
  const runs = ouss.reduce((sum, ous) => sum + completedRuns(historyOf(ous)), 0);
  say(jao.name, checkRunsOf(cache, runs));
  say(jao.name, await checkArchive(jao.server.open('ngas'), cache));
  return problems;
}
