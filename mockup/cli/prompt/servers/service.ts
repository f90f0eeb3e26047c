// `prompt-proto service`: one instance of the service, as Cloud Run starts it.

import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Command } from 'commander';
import { closeServer, listen } from '../../../platform/http/listen.ts';

import { keepConnections } from '../../../prompt/kept-connections.ts';

import { runUntilStopped } from '../../actor/run-until-stopped.ts';

import { type CommandContext, examples } from '../../command.ts';
import { requireInteger } from '../../environment.ts';
import { databaseOf, promptPorts, tellAddress } from './prompt-ports.ts';
import { makeWorkDirectory, WORK_DIRECTORY } from './work-directories.ts';

const ENVIRONMENT = `
The environment:
  RUBIN_INSTRUMENT           full class name (lsst.obs.lsst.LsstCam) or short name (LSSTCam)
  PUBSUB_VERIFICATION_TOKEN  what ?token= must be
  IMAGE_BUCKET               the bucket with raw images
  CALIB_REPO                 the repository with calibrations, templates, reference catalogues
  IMAGE_TIMEOUT              seconds to wait for images (default: 50)
  PORT                       to listen on (default: 8080)
  IP_APDB, PSQL_APDB_PASS    address and password of the APDB; or APDB_URL
  IP_REGISTRY, PSQL_REGISTRY_PASS  address and password of the repository's registry, where they
                             are others than in its butler.yaml (which has no password)
  APDB_NAMESPACE             its schema (default: apdb)
  PIPELINES_CONFIG           YAML (or its file): which pipelines for which survey, the first
                             that matches; an empty list: such visits are ignored
  RAW_MICROSERVICE           URL of a presence service, asked before and after the wait
  NEXT_VISIT_EXPIRY          seconds after which an announcement is dropped (default: 3600)
  PIPELINE_SECONDS           how long the pipeline takes (default: 3..8)
  PIPELINE_FAILURE_RATE      share of runs that fail (default: 0)
  PIPELINE_SEED              what it finds (default: 1)
  PUBSUB_EMULATOR_HOST, STORAGE_EMULATOR_HOST  in place of the cloud's
  COUCHDB_URL                where database visits is (default: http://localhost:5984)`;

export function define(command: Command, context: CommandContext): void {
  command
    .option('--host <address>', 'that it listens on', '127.0.0.1')
    .addHelpText('after', ENVIRONMENT)
    .addHelpText('after', examples('RUBIN_INSTRUMENT=LATISS PORT=8080 … prompt-proto service'))
    .action(async (options: { host: string }) => {
      const { readServiceSettings } = await import('../../../prompt/service/service-settings.ts');
      const settings = readServiceSettings(context.env);
      requireInteger(String(settings.port), 'PORT', 0, 65_535);
      const exitCode = await runUntilStopped(() => start(context, settings, options.host));
      context.exitWith(exitCode);
    });
}

async function start(
  context: CommandContext,
  settings: import('../../../prompt/service/service-settings.ts').ServiceSettings,
  host: string,
) {
  const { openCloudClients } = await import('../../../prompt/cloud/cloud-clients.ts');
  const { createServiceApp } = await import('../../../prompt/service/service-app.ts');
  const { processVisit } = await import('../../../prompt/service/process-visit.ts');
  const { VisitStore } = await import('../../../prompt/visits/visit-store.ts');
  const { VISIT_LEASE_MS } = await import('../../../prompt/visits/claim-sights.ts');
  const { workerName } = await import('../../../prompt/visits/worker-name.ts');
  const { createPresence } = await import('../../../prompt/service/presence.ts');
  const { spawnPipeline } = await import('./spawn-pipeline.ts');
  const { clock, log, database } = promptPorts('service', context);
  const cloud = await openCloudClients(context.env);
  const given = context.env[WORK_DIRECTORY];
  const workDirectory = given || makeWorkDirectory();
  const visits = new VisitStore({
    ...{ clock, database: await database(databaseOf.visits) },
    worker: workerName(context.env.INSTANCE_NAME ?? 'service', process.pid),
    lease_ms: VISIT_LEASE_MS,
  });
  const ports = {
    ...{ clock, log, cloud, visits, settings, workDirectory },
    presence:
      settings.presenceUrl === undefined ? undefined : createPresence(settings.presenceUrl),
    pipeline: spawnPipeline(context.env, cloud.publisher),
  };
  const stopping = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  const app = createServiceApp({
    ...{ clock, log, settings, visits },
    process: (visit) => {
      const work = processVisit(ports, visit, stopping.signal);
      underWay.add(work);
      return work.finally(() => underWay.delete(work));
    },
  });
  const server = keepConnections(createServer(app));
  server.requestTimeout = 0;
  tellAddress(context, await listen(server, { host, port: settings.port }));
  return {
    stop: async () => {
      const closed = closeServer(server);
      stopping.abort(new Error('the service stops'));
      await Promise.allSettled([...underWay, closed]);
      await cloud.close();
      if (!given) await rm(workDirectory, { recursive: true, force: true });
    },
  };
}
