// RucioIngest: registers files where they are, by Rucio's REST interface (`POST /replicas`). A file
// that Rucio knows already is as good as registered.

import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../../core/errors.ts';
import type { CreatePlugin, PluginFile, PluginPorts } from './plugin.ts';
import { parsePluginSettings } from './plugin-settings.ts';

const URL_EXPECTED = 'an http URL without user and password (the token is the login)';
const text = (what: string) => z.string({ error: what }).min(1, { error: what });

const schema = z
  .strictObject({
    url: z
      .string({ error: URL_EXPECTED })
      .refine((url) => URL.canParse(url) && isPlain(new URL(url)), { error: URL_EXPECTED }),
    rse: text('the name of an RSE'),
    scope: text('a scope'),
    token: text('a token').optional(),
    token_file: text('a file with a token').optional(),
    account: text('an account').optional(),
    /** Put before a file's path in the storage area; without it the file's own URL is used. */
    pfn_prefix: text('the beginning of a PFN, such as davs://host:443/data').optional(),
    /** What a file is called there. */
    name: z.enum(['filename', 'path'], { error: 'filename or path' }).default('path'),
  })
  .refine(({ token, token_file }) => (token === undefined) !== (token_file === undefined), {
    error: 'one of token and token_file',
  });

type Settings = z.output<typeof schema>;

const CREATED = 201;
const CONFLICT = 409;
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

export class RucioRefusedError extends AppError {
  constructor(status: number, reason: string) {
    const isLogin = status === 401 || status === 403;
    super('rucio_refused', `Rucio answered ${status}${reason ? `: ${reason}` : ''}`, {
      // A token that has run out is renewed by somebody else.
      retriable: PASSING.has(status) || status === 401,
      ...(isLogin && { hint: 'is the token valid, and the account allowed to do this?' }),
    });
  }
}

export const createRucioIngest: CreatePlugin = (settings, ports) => {
  const own = parsePluginSettings(schema, settings);
  const register = async (files: readonly PluginFile[]): Promise<void> => {
    const replicas = await Promise.all(files.map((file) => replicaOf(file, own, ports)));
    const status = await post(own, { rse: own.rse, files: replicas }, ports);
    // Of several it does not say which: one by one each is registered, or known already.
    if (status === CONFLICT && files.length > 1) throw new RucioRefusedError(status, 'known');
  };
  return {
    version: 'rucio-rest',
    ingest: (file) => register([file]),
    ingestMany: register,
  };
};

async function replicaOf(file: PluginFile, own: Settings, ports: PluginPorts) {
  const path = file.relpath === '' ? file.filename : `${file.relpath}/${file.filename}`;
  const place = path.split('/').map(encodeURIComponent).join('/');
  const whole = file.path.split('/').map(encodeURIComponent).join('/');
  return {
    scope: own.scope,
    name: own.name === 'path' ? path : file.filename,
    bytes: file.size_bytes,
    adler32: await ports.adler32(file.path),
    pfn: own.pfn_prefix ? `${own.pfn_prefix.replace(/\/+$/, '')}/${place}` : `file://${whole}`,
  };
}

/** `fetch` refuses credentials, with a message that tells them. */
function isPlain({ protocol, username, password }: URL): boolean {
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

/** 201 or 409; throws RucioRefusedError for all else. */
async function post(own: Settings, body: object, ports: PluginPorts): Promise<number> {
  const response = await ports.fetch(`${own.url.replace(/\/+$/, '')}/replicas`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-Rucio-Auth-Token': await tokenOf(own, ports),
      ...(own.account === undefined ? {} : { 'X-Rucio-Account': own.account }),
    },
    body: JSON.stringify(body),
  });
  const answer = await response.text();
  if (response.status === CREATED || response.status === CONFLICT) return response.status;
  throw new RucioRefusedError(response.status, reasonIn(answer));
}

/** Read each time: whoever renews the token writes it there. */
async function tokenOf(own: Settings, ports: PluginPorts): Promise<string> {
  if (own.token !== undefined) return own.token;
  const file = own.token_file ?? '';
  return (await ports.readText(isAbsolute(file) ? file : join(ports.directory, file))).trim();
}

function reasonIn(answer: string): string {
  try {
    const { ExceptionMessage, ExceptionClass } = JSON.parse(answer);
    return String(ExceptionMessage ?? ExceptionClass ?? '');
  } catch {
    return answer.slice(0, 200).replaceAll(/\s+/g, ' ').trim();
  }
}
