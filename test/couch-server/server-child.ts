import { startCouchServer } from '../../mockup/couch-server/server.ts';

// A server in a process of its own, to be killed. Its directory is the argument.

const server = await startCouchServer({ directory: process.argv[2] as string });
process.send?.({ url: server.url });
process.on('disconnect', () => process.exit());
