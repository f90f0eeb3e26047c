// Who may call the control routes at all: a page of this very server, in a browser on this machine.
// Checked before a token or a session is looked at.

import type { Request } from 'express';
import { ApiError } from '../http/api-error.ts';

/** What a proxy adds: then whoever asks may be anywhere. */
const PROXY_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];
const LOOPBACK_NAME = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;
const LOOPBACK_ADDRESS = /^(127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/;

/** Throws ApiError 403, or 415 where it is not JSON. */
export function requireOwnPage(request: Request): void {
  const { headers, socket } = request;
  if (!LOOPBACK_ADDRESS.test(socket.remoteAddress ?? '')) refuse('not from this machine');
  if (PROXY_HEADERS.some((name) => headers[name] !== undefined)) refuse('not through a proxy');
  if (!LOOPBACK_NAME.test(headers.host ?? '')) refuse('not by this name');
  // Without a proxy there is no https.
  if (headers.origin !== `http://${headers.host}`.toLowerCase()) refuse('not from this page');
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') refuse('not from this page');
  if (headers['content-type']?.split(';')[0]?.trim() !== 'application/json') {
    throw new ApiError(415, 'not_json', 'expected application/json');
  }
}

function refuse(why: string): never {
  throw new ApiError(403, 'control_refused', `the line can't be controlled ${why}`);
}
