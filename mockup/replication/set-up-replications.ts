// The replications that a site has been given, read back from its `_replicator` database: who the
// other sites are, and with which credentials they are reached.

import { type Executive, isExecutive } from '../core/executives.ts';
import { couchRequest } from './couch-request.ts';
import { type PlannedReplication, planReplications, type ReplicatedSite } from './plan.ts';
import {
  REPLICATOR_DATABASE,
  type ReplicationEndpoint,
  type ReplicatorDocument,
} from './replicator-document.ts';

const ID = /^draws-(.+)-from-([A-Z]+)-to-([A-Z]+)$/;

/** What this site pulls; none where nothing was set up. Throws as `couchRequest` does. */
export async function setUpReplications(receiver: ReplicatedSite): Promise<PlannedReplication[]> {
  const { body } = await couchRequest(
    receiver,
    `/${REPLICATOR_DATABASE}/_all_docs?include_docs=true`,
  );
  const { rows } = (body ?? {}) as { rows?: { doc?: ReplicatorDocument }[] };
  return (rows ?? []).flatMap(({ doc }) => plannedOf(doc, receiver) ?? []);
}

function plannedOf(
  doc: ReplicatorDocument | undefined,
  receiver: ReplicatedSite,
): PlannedReplication | undefined {
  const [, database = '', from = ''] = ID.exec(doc?._id ?? '') ?? [];
  if (!doc || !isExecutive(from)) return undefined;
  const source = { executive: from, url: urlOf(doc.source, database) };
  if (!URL.canParse(source.url)) return undefined;
  const all = planReplications(...ends(source, receiver));
  return all.find(({ id }) => id === doc._id);
}

function ends(
  source: ReplicatedSite,
  receiver: ReplicatedSite,
): [jao: ReplicatedSite, arcs: ReplicatedSite[]] {
  return source.executive === 'JAO' ? [source, [receiver]] : [receiver, [source]];
}

/** Of the server, with user and password; empty where it is no endpoint that we would write. */
function urlOf(
  endpoint: Partial<ReplicationEndpoint> | string | undefined,
  database: string,
): string {
  const { url = '', auth } = typeof endpoint === 'string' ? { url: endpoint } : (endpoint ?? {});
  if (!URL.canParse(url)) return '';
  const server = new URL(url);
  const path = server.pathname.replace(/\/+$/, '');
  server.pathname = path.endsWith(`/${database}`) ? path.slice(0, -database.length - 1) : path;
  const { username, password } = auth?.basic ?? {};
  if (typeof username === 'string' && typeof password === 'string') {
    server.username = encodeURIComponent(username);
    server.password = encodeURIComponent(password);
  }
  return server.href.replace(/\/+$/, '');
}

/** The other sites of these replications, each once. */
export function peersOf(plan: readonly PlannedReplication[], here: Executive): ReplicatedSite[] {
  const sites = plan.flatMap(({ source, receiver }) => [source, receiver]);
  const others = sites.filter(({ executive }) => executive !== here);
  return [...new Map(others.map((site) => [site.executive, site])).values()];
}
