// The embedded server in a process of its own, for the benchmark: tells its URL, and on request
// its memory and processor time.

import { startCouchServer } from '../../../mockup/couch-server/server.ts';

const directory = process.argv[2];
const server = await startCouchServer({
  ...(directory === undefined ? {} : { directory }),
  log: (message, error) => console.error(message, error),
});

process.on('message', (message) => {
  if (message === 'usage') {
    const { user, system } = process.cpuUsage();
    process.send?.({ rss: process.memoryUsage.rss(), cpu_ms: (user + system) / 1000 });
  } else {
    server.close().then(() => process.disconnect());
  }
});
process.send?.({ url: server.url });
