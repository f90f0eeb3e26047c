// What a manager and the process that it starts for its database tell each other. Credentials go
// through this channel alone: not by arguments or environment, which others can see.

import type { OwnAddress } from './meeting-place.ts';

export interface ServeRequest {
  directory: string;
  /** As it was before: whoever still uses that address goes on with it. */
  wanted: Pick<OwnAddress, 'port' | 'user' | 'password'>;
}

export type ServeReply =
  | { kind: 'serving'; address: OwnAddress }
  | { kind: 'failed'; code: string; message: string; hint: string | undefined };
