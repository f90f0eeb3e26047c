// What an earlier line with more sites left on this line's own servers: replications with sites that
// are not there any more, which would fail for ever, and heartbeats of their actors.

import { databaseNames } from '../../core/databases.ts';
import { type Executive, isExecutive } from '../../core/executives.ts';
import { readActor } from '../../platform/actor/actor-document.ts';
import { cancelReplications } from '../../replication/apply.ts';
import { setUpReplications } from '../../replication/set-up-replications.ts';
import { connectTo } from '../site/connection.ts';
import type { LineSite } from './line-plan.ts';
import type { UpOptions } from './up-options.ts';

/** Only of servers that the line starts itself: on others somebody else may have such sites. */
export async function forgetOtherSites(
  { couchdbUrls }: Pick<UpOptions, 'couchdbUrls'>,
  sites: readonly LineSite[],
): Promise<void> {
  const isOther = (site: string): boolean =>
    isExecutive(site) && !sites.some(({ executive }) => executive === site);
  const own = sites.filter(({ executive }) => couchdbUrls[executive] === undefined);
  await Promise.all(own.map((site) => forgetAt(site, isOther)));
}

async function forgetAt(
  { executive, couchdbUrl }: LineSite,
  isOther: (site: string) => boolean,
): Promise<void> {
  const server = connectTo(couchdbUrl);
  const receiver: { executive: Executive; url: string } = { executive, url: couchdbUrl };
  const setUp = await setUpReplications(receiver);
  const left = setUp.filter(({ source }) => isOther(source.executive));
  await cancelReplications(left, () => server);
  const actors = server.open(databaseNames.actors);
  const ghosts = (await actors.allDocs()).filter((doc) => isOther(readActor(doc)?.site ?? ''));
  await actors.bulk(ghosts.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true as const })));
}
