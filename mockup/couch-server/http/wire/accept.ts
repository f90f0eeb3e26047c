/** The `Accept` header, read as CouchDB reads it: none at all takes everything. */

export function accepts(header: string | undefined, type: string): boolean {
  if (header === undefined) return true;
  const family = `${type.slice(0, type.indexOf('/'))}/*`;
  for (const name of [type, family, '*/*']) {
    const quality = qualityOf(header, name);
    if (quality !== undefined) return quality > 0;
  }
  return false;
}

function qualityOf(header: string, name: string): number | undefined {
  for (const part of header.split(',')) {
    const [type = '', ...parameters] = part.split(';').map((one) => one.trim().toLowerCase());
    if (type !== name) continue;
    const given = parameters.find((one) => one.startsWith('q='));
    return given === undefined ? 1 : Number(given.slice(2)) || 0;
  }
  return undefined;
}
