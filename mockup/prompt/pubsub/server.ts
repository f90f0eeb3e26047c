// The Pub/Sub server: gRPC and REST on one port. A connection that begins as HTTP/2 does goes to
// gRPC, every other one to REST.

import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { type Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { describeError } from '../../core/errors.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database } from '../../platform/couch/database.ts';
import { listen } from '../../platform/http/listen.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { keepConnections } from '../kept-connections.ts';
import { createGrpcServer } from './api/grpc.ts';
import { publisherHandlers } from './api/publisher.ts';
import { createRestApp } from './api/rest.ts';
import { streamingPullHandler } from './api/streaming-pull.ts';
import { subscriberHandlers } from './api/subscriber.ts';
import type { Broker } from './broker/broker.ts';
import { loadBroker } from './broker/load-broker.ts';
import { PushDelivery } from './push/push-delivery.ts';

export interface PubsubServerOptions {
  clock: Clock;
  log: Logger;
  /** This server alone writes it. */
  database: Database;
  host: string;
  /** 0: any free port. */
  port: number;
  /** Bytes that undelivered messages may take, all topics together. */
  keptBytes_max?: number;
  /** The database can't be written any more: nothing is answered from then on. */
  onFailure(error: Error): void;
}

export interface PubsubServer {
  readonly broker: Broker;
  /** For `PUBSUB_EMULATOR_HOST`: `127.0.0.1:8085`. */
  readonly address: string;
  close(): Promise<void>;
}

const KEPT_BYTES_MAX = 512 * 2 ** 20;
const TIDY_MS = 30_000;
const PREFACE = 'PRI * HTTP/2.0';
const DECIDING_BYTES = 3;
/** Longer than any pull waits: a REST connection on which nothing comes or goes is closed. */
const IDLE_MS = 240_000;
/** A connection that says nothing for so long is closed. */
const SILENT_MS = 10_000;

export async function startPubsubServer(options: PubsubServerOptions): Promise<PubsubServer> {
  const { clock, log, database, onFailure } = options;
  const { broker, journal } = await loadBroker({
    ...{ clock, log, database, onFailure },
    keptBytes_max: options.keptBytes_max ?? KEPT_BYTES_MAX,
  });
  const onError = (error: unknown): void =>
    log.error({ reason: describeError(error) }, 'a call failed');
  const publisher = publisherHandlers(broker);
  const subscriber = subscriberHandlers(broker, clock);
  const streamingPull = streamingPullHandler(broker, onError);
  const grpc = createGrpcServer({ publisher, subscriber, streamingPull, onError });
  const rest = keepConnections(
    createHttpServer(createRestApp({ publisher, subscriber, onError })),
  );
  rest.setTimeout(IDLE_MS);
  const push = new PushDelivery({ clock, log, broker });

  const sockets = new Set<Socket>();
  const front = splitByProtocol(grpc, rest, sockets);
  const url = new URL(await listen(front, options));
  const stopTidying = every(clock, TIDY_MS, () => {
    broker.tidy().catch(onError);
  });
  return {
    broker,
    address: url.host,
    close: async () => {
      stopTidying();
      const closed = new Promise<void>((resolve) => front.close(() => resolve()));
      await push.close();
      broker.close();
      grpc.forceShutdown();
      rest.closeAllConnections();
      for (const socket of sockets) socket.destroy();
      await closed;
      await journal.close();
    },
  };
}

/** Reads the first bytes of each connection and hands it, with them, to whom it belongs. */
function splitByProtocol(grpc: GrpcServer, rest: HttpServer, sockets: Set<Socket>): HttpServer {
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const front = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setNoDelay(true);
    socket.setTimeout(SILENT_MS, () => socket.destroy());
    let begun = Buffer.alloc(0);
    const onData = (piece: Buffer): void => {
      begun = Buffer.concat([begun, piece]);
      const mayBeHttp2 = PREFACE.startsWith(begun.toString('latin1', 0, PREFACE.length));
      // A single P may be a PUT or a POST that comes in pieces.
      if (mayBeHttp2 && begun.length < DECIDING_BYTES) return;
      socket.off('data', onData);
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      socket.pause();
      socket.unshift(begun);
      if (mayBeHttp2) {
        injector.injectConnection(socket);
        return;
      }
      rest.emit('connection', socket);
      socket.resume();
    };
    socket.on('data', onData);
  });
  // What `listen` needs of a server is the same for both kinds.
  return front as unknown as HttpServer;
}

function every(clock: Clock, period_ms: number, work: () => void): () => void {
  let cancel = clock.timer(period_ms, function again() {
    work();
    cancel = clock.timer(period_ms, again);
  });
  return () => cancel();
}
