// All that a server's databases hold, document by document, read by plain requests: to compare two
// servers without the help of what copied one to the other.

interface Leaf {
  _rev: string;
}

export interface HeldDocument {
  /** Undefined where the document is deleted. */
  winner: string | undefined;
  conflicts: string[];
  /** Every leaf, deleted ones too, with history and attachments, by revision. */
  leaves: Leaf[];
}

export type Held = Record<string, Record<string, HeldDocument>>;

/** `url` may carry user and password. */
export async function everythingOf(url: string, databases: readonly string[]): Promise<Held> {
  const held: Held = {};
  for (const database of databases) {
    const { results } = await ask<{ results: { id: string }[] }>(url, `/${database}/_changes`);
    const documents: Record<string, HeldDocument> = {};
    for (const { id } of results) documents[id] = await documentOf(url, database, id);
    held[database] = documents;
  }
  return held;
}

async function documentOf(url: string, database: string, id: string): Promise<HeldDocument> {
  const path = `/${database}/${id.split('/').map(encodeURIComponent).join('/')}`;
  const all = 'open_revs=all&revs=true&attachments=true';
  const answers = await ask<{ ok: Leaf }[]>(url, `${path}?${all}`);
  const winner = await ask<{ _rev?: string; _conflicts?: string[] }>(
    url,
    `${path}?conflicts=true`,
  );
  return {
    winner: winner._rev,
    conflicts: (winner._conflicts ?? []).sort(),
    leaves: answers.map(({ ok }) => ok).sort((a, b) => (a._rev < b._rev ? -1 : 1)),
  };
}

async function ask<T>(server: string, path: string): Promise<T> {
  const { username, password, origin } = new URL(server);
  const token = Buffer.from(decodeURIComponent(`${username}:${password}`)).toString('base64');
  const headers: Record<string, string> = { accept: 'application/json' };
  if (username) headers.authorization = `Basic ${token}`;
  const response = await fetch(`${origin}${path}`, { headers });
  if (!response.ok && response.status !== 404) throw new Error(`${path}: ${response.status}`);
  return (await response.json()) as T;
}
