// What a line leaves behind on servers that it did not start. A server of `--couchdb` stays when
// the line ends; what it pulls from an embedded server, which ends, would fail there for ever.

import { type Applied, cancelReplications } from '../../replication/apply.ts';
import { planReplications } from '../../replication/plan.ts';
import { splitCredentials } from '../../replication/replicator-document.ts';
import { connectTo } from '../site/connection.ts';
import type { LineSite } from './line-plan.ts';
import type { UpOptions } from './up-options.ts';

const GIVE_UP_AFTER_MS = 1_500;

type LineServers = Pick<UpOptions, 'couchdbUrls' | 'singleDatabase'>;

/**
 * Cancels the replications by which servers that stay pull from servers that have ended; the next
 * start sets them up again. Returns what a person must do where that failed. Never rejects.
 */
export async function cancelBrokenReplications(
  { couchdbUrls, singleDatabase }: LineServers,
  sites: readonly LineSite[],
): Promise<string | undefined> {
  const [jao, ...arcs] = sites.map(({ executive, couchdbUrl: url }) => ({ executive, url }));
  if (singleDatabase || !jao) return undefined;
  const broken = planReplications(jao, arcs).filter(
    ({ source, receiver }) => couchdbUrls[receiver.executive] && !couchdbUrls[source.executive],
  );
  if (broken.length === 0) return undefined;
  const connect = ({ url }: { url: string }) => connectTo(url, GIVE_UP_AFTER_MS);
  try {
    const cancelled = await cancelReplications(broken, connect);
    return describe(cancelled);
  } catch {
    const urls = arcs.map(({ executive, url }) => `--arc ${executive}=${plain(url)}`);
    const command = `draws replicate cancel --jao ${plain(jao.url)} ${urls.join(' ')}`;
    const receivers = [...new Set(broken.map(({ receiver }) => receiver.executive))];
    const commands = receivers.map((site) => `${command} --at ${site}`);
    return `replications from servers that have ended are left; to end them: ${commands.join('; ')}`;
  }
}

function describe(applied: readonly Applied[]): string | undefined {
  const cancelled = applied.filter(({ outcome }) => outcome === 'cancelled');
  if (cancelled.length === 0) return undefined;
  const sites = [...new Set(cancelled.map(({ planned }) => planned.receiver.executive))];
  return `replications at ${sites.join(', ')} are cancelled until the next start`;
}

function plain(url: string): string {
  return splitCredentials(url).address;
}
