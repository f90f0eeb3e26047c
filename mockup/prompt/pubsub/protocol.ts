// The published definitions of Cloud Pub/Sub v1, as they come with Google's own client, and the
// mapping of their messages to JSON (proto3's rules) and to bytes.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fromProto3JSON, toProto3JSON } from 'proto3-json-serializer';
import protobuf from 'protobufjs';
import { withKnownNames, withoutDefaults } from './api/json-fields.ts';
import { invalid } from './pubsub-error.ts';

export type ProtoObject = Record<string, unknown>;

export interface RpcMethod {
  /** `CreateTopic`. */
  name: string;
  /** `/google.pubsub.v1.Publisher/CreateTopic`. */
  path: string;
  request: protobuf.Type;
  response: protobuf.Type;
  streaming: boolean;
  /** The HTTP rule of its definition; none for what is gRPC's alone. */
  http: { verb: string; template: string; hasBody: boolean } | undefined;
}

const PACKAGE = 'google.pubsub.v1';
const VERBS = ['get', 'put', 'post', 'delete', 'patch'] as const;

let loaded: protobuf.Root | undefined;

function root(): protobuf.Root {
  if (loaded) return loaded;
  const require = createRequire(import.meta.url);
  const main = require.resolve('@google-cloud/pubsub');
  const path = `${main.slice(0, main.lastIndexOf('/build/'))}/build/protos/protos.json`;
  const definitions = protobuf.Root.fromJSON(JSON.parse(readFileSync(path, 'utf8')));
  definitions.resolveAll();
  loaded = definitions;
  return definitions;
}

/** The methods of `Publisher` or `Subscriber`. */
export function methodsOf(service: 'Publisher' | 'Subscriber'): RpcMethod[] {
  const found = root().lookupService(`${PACKAGE}.${service}`);
  return found.methodsArray.map((method) => ({
    name: method.name,
    path: `/${PACKAGE}.${service}/${method.name}`,
    request: method.resolvedRequestType as protobuf.Type,
    response: method.resolvedResponseType as protobuf.Type,
    streaming: Boolean(method.requestStream),
    http: httpRule(method),
  }));
}

export function typeNamed(name: string): protobuf.Type {
  return root().lookupType(`${PACKAGE}.${name}`);
}

function httpRule(method: protobuf.Method): RpcMethod['http'] {
  const options = method.options ?? {};
  for (const verb of VERBS) {
    const template = options[`(google.api.http).${verb}`];
    if (typeof template !== 'string') continue;
    return { verb, template, hasBody: options['(google.api.http).body'] === '*' };
  }
  return undefined;
}

/** JSON → message. Throws INVALID_ARGUMENT, naming what does not fit. */
export function fromJson(type: protobuf.Type, json: unknown): protobuf.Message {
  try {
    const message = fromProto3JSON(type as never, withKnownNames(type, json) as never);
    if (message) return message as never;
  } catch (error) {
    throw invalid(`Invalid JSON payload received: ${(error as Error).message.slice(0, 200)}`);
  }
  throw invalid('Invalid JSON payload received');
}

/** Message → JSON, as the REST API shows it. */
export function toJson(type: protobuf.Type, fields: ProtoObject): unknown {
  return withoutDefaults(type, toProto3JSON(type.fromObject(fields) as never));
}
