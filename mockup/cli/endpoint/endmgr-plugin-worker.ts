// The process in which an ingester's plugin runs, started by the ingester. Node runs it by its path.

import { readFile } from 'node:fs/promises';
import type { PluginPorts } from '../../dbb/endpoint/plugins/plugin.ts';
import { createPluginWorker } from '../../dbb/endpoint/plugins/plugin-worker.ts';
import type {
  FromWorker,
  ToWorker,
  WorkerStart,
} from '../../dbb/endpoint/plugins/worker-protocol.ts';
import { adler32OfFile } from '../../dbb/files/adler32.ts';
import { findProgram } from '../../dbb/process/find-program.ts';
import { endWithParent } from '../../dbb/process/parent-watch.ts';
import type { RunTool } from '../../dbb/process/tool-runner.ts';
import { createSystemClock } from '../../platform/clock/system-clock.ts';
import { createNanoServer } from '../../platform/couch/nano/nano-server.ts';
import { createPinoLogger } from '../../platform/log/pino-logger.ts';
import { createSystemRandom } from '../../platform/random/system-random.ts';
import { setProcessTitle } from '../actor/process-title.ts';

/** A plugin that can't reach its database says so soon; the ingester tries again later. */
const GIVE_UP_AFTER_MS = 10_000;

/** Loaded at its first use: most plugins run no tool, and it is much to load. */
const runTool: RunTool = async (argv, options) => {
  const tools = await import('../../dbb/process/tool-runner.ts');
  return tools.runTool(argv, options);
};

function portsOf(start: WorkerStart): PluginPorts {
  const clock = createSystemClock();
  const random = createSystemRandom();
  const log = createPinoLogger({ name: 'plugin', level: 'info', pretty: false });
  return {
    ...{ clock, log, runTool, fetch },
    findProgram: (program, { PATH = process.env.PATH ?? '' }) => findProgram(program, PATH),
    adler32: adler32OfFile,
    read: (path) => readFile(path),
    readText: (path) => readFile(path, 'utf8'),
    databases: (url = start.couchUrl) =>
      createNanoServer(url, { clock, random, log, giveUpAfter_ms: GIVE_UP_AFTER_MS }),
    directory: start.directory,
  };
}

setProcessTitle('endmgr-plugin', 'endmgr-plugin');
endWithParent();
const take = createPluginWorker({
  ports: portsOf,
  report: (message: FromWorker) => void process.send?.(message, () => {}),
});
process.on('message', (message) => take(message as ToWorker));
