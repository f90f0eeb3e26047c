// `node scripts/bench/couchdb/main.ts [--couchdb URL] [--scale X] [--json]`: measures the embedded
// server, or the server at the URL.

import { parseArgs } from 'node:util';
import { benchCouchdb } from './bench-couchdb.ts';
import { type EmbeddedServer, startEmbeddedServer } from './embedded-server.ts';

const { values } = parseArgs({
  options: {
    couchdb: { type: 'string' },
    scale: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});

let server: EmbeddedServer | undefined;
try {
  if (values.couchdb === undefined) server = await startEmbeddedServer();
  const url = (values.couchdb ?? server?.url ?? '').replace(/\/+$/, '');
  const results = await benchCouchdb({ url, scale: Number(values.scale) });
  const usage = await server?.usage();
  if (values.json) {
    console.log(JSON.stringify({ measurements: results, usage }, null, 2));
  } else {
    for (const { name, value, unit, couchdb } of results) {
      const shown = `${value.toLocaleString('en')} ${unit}`;
      console.log(`${name.padEnd(26)}${shown.padStart(22)}   CouchDB 3.5: ${couchdb}`);
    }
    if (usage)
      console.log(`resident memory of the server: ${Math.round(usage.rss / 2 ** 20)} MiB`);
  }
} finally {
  await server?.stop();
}
