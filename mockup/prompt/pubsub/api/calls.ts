// A call as both transports make it: a request as a plain object, an answer as a plain object.

import type { ProtoObject } from '../protocol.ts';

export interface CallContext {
  /** Aborted when the caller went away. */
  signal: AbortSignal;
}

export type CallHandler = (request: ProtoObject, context: CallContext) => Promise<ProtoObject>;

/** By the names of the methods. */
export type Handlers = Readonly<Record<string, CallHandler>>;
