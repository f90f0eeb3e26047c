// Names of topics and subscriptions: `projects/{project}/topics/{topic}`.
// Source: the resource name rules of Cloud Pub/Sub v1.

import { invalid } from './pubsub-error.ts';

/** What stands in a subscription for a topic that was deleted. */
export const DELETED_TOPIC = '_deleted-topic_';

const PROJECT = /^projects\/([a-z0-9][a-z0-9.:-]{0,126})$/;
const ID = /^[A-Za-z][A-Za-z0-9._~+%-]{2,254}$/;

type Collection = 'topics' | 'subscriptions' | 'snapshots';

/** Throws INVALID_ARGUMENT. The name itself, checked. */
export function checkName(collection: Collection, name: unknown): string {
  const [projects, project, found, id = '', ...more] = String(name ?? '').split('/');
  const good =
    PROJECT.test(`${projects}/${project}`) &&
    found === collection &&
    more.length === 0 &&
    ID.test(id) &&
    !id.startsWith('goog');
  if (good) return String(name);
  const shown = JSON.stringify(String(name ?? '').slice(0, 300));
  throw invalid(`Invalid [${collection}] name: (name=${shown})`);
}

/** Throws INVALID_ARGUMENT where it is no `projects/{project}`. */
export function checkProject(name: unknown): string {
  if (PROJECT.test(String(name ?? ''))) return String(name);
  throw invalid(`Invalid [projects] name: (name=${JSON.stringify(String(name).slice(0, 300))})`);
}

export function projectOf(name: string): string {
  return name.split('/').slice(0, 2).join('/');
}

/** The project's rule for document ids. No two names meet: no project has a `_` in its name. */
export function documentId(kind: string, name: string): string {
  return `${kind}_${name.replaceAll(/[:/]/g, '_')}`;
}

/** The name without its project and collection. */
export function lastPart(name: string): string {
  return name.split('/').at(-1) ?? name;
}
