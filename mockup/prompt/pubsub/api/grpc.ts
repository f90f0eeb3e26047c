// The gRPC services, over the published definitions. Method by method a handler; what has none
// answers UNIMPLEMENTED.

import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import type protobuf from 'protobufjs';
import { methodsOf, type ProtoObject, type RpcMethod } from '../protocol.ts';
import { PubsubError, toPubsubError } from '../pubsub-error.ts';
import type { Handlers } from './calls.ts';

export type StreamHandler = handleBidiStreamingCall<ProtoObject, ProtoObject>;

export interface GrpcServices {
  publisher: Handlers;
  subscriber: Handlers;
  streamingPull: StreamHandler;
  /** Told of errors that no client may see the text of. */
  onError(error: unknown): void;
}

const MESSAGE_BYTES_MAX = 20_000_000;
/** A connection without a call is closed after this; an open stream is a call. */
const CONNECTION_IDLE_MS = 600_000;

export function createGrpcServer(services: GrpcServices): Server {
  const server = new Server({
    'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
    'grpc.max_send_message_length': -1,
    'grpc.max_connection_idle_ms': CONNECTION_IDLE_MS,
  });
  for (const service of ['Publisher', 'Subscriber'] as const) {
    const handlers = service === 'Publisher' ? services.publisher : services.subscriber;
    const methods = methodsOf(service);
    const definition = Object.fromEntries(methods.map((method) => [method.name, wire(method)]));
    const implementation = Object.fromEntries(
      methods.map(({ name, streaming }) => [
        name,
        streaming ? services.streamingPull : unary(name, handlers, services.onError),
      ]),
    );
    server.addService(definition as ServiceDefinition, implementation);
  }
  return server;
}

function unary(
  name: string,
  handlers: Handlers,
  onError: (error: unknown) => void,
): handleUnaryCall<ProtoObject, ProtoObject> {
  return (call, callback) => {
    const gone = new AbortController();
    call.on('cancelled', () => gone.abort());
    const handler = handlers[name];
    const answer = handler
      ? handler(call.request, { signal: gone.signal })
      : Promise.reject(new PubsubError('UNIMPLEMENTED', `${name} is not supported here`));
    answer.then(
      (result) => callback(null, result),
      (error: unknown) => callback(grpcError(error, onError)),
    );
  };
}

export function grpcError(
  error: unknown,
  onError: (error: unknown) => void,
): { code: number; details: string; metadata: Metadata; name: string; message: string } {
  const shown = toPubsubError(error);
  if (shown.status === 'INTERNAL') onError(error);
  return {
    name: shown.name,
    message: shown.message,
    code: shown.grpcCode,
    details: shown.message,
    metadata: new Metadata(),
  };
}

function wire({ path, request, response, streaming }: RpcMethod) {
  return {
    path,
    requestStream: streaming,
    responseStream: streaming,
    requestSerialize: encode(request),
    requestDeserialize: decode(request),
    responseSerialize: encode(response),
    responseDeserialize: decode(response),
  };
}

function encode(type: protobuf.Type) {
  return (fields: ProtoObject): Buffer => {
    const bytes = type.encode(type.fromObject(fields)).finish();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}

function decode(type: protobuf.Type) {
  return (bytes: Buffer): ProtoObject =>
    type.toObject(type.decode(bytes), { longs: Number, enums: String });
}
