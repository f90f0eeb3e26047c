import { startCouchServer } from '../../mockup/couch-server/server.ts';

// A server in a process of its own, so that it can be killed. Arguments: directory and port.

const [, , directory = '', port = '0'] = process.argv;
const server = await startCouchServer({ directory, port: Number(port) });
process.on('disconnect', () => void server.close());
process.send?.({ url: server.url });
