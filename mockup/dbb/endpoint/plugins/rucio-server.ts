// Rucio's REST interface as the plugin uses it: which answers mean that Rucio is away, and what it
// has on record for a name.

import { AppError } from '../../../core/errors.ts';
import { TargetAwayError } from './target-away.ts';

export interface RucioReplica {
  scope: string;
  name: string;
  bytes: number;
  /** Eight hexadecimal digits. */
  adler32: string;
}

export interface RucioAnswer {
  status: number;
  body: string;
}

export interface RucioServer {
  /** Both throw TargetAwayError where there is no answer, or one that is about all files. */
  post(path: string, body: object): Promise<RucioAnswer>;
  get(path: string): Promise<RucioAnswer>;
}

export interface RucioServerOptions {
  url: string;
  account: string | undefined;
  fetch: typeof fetch;
  token(): Promise<string>;
}

/** What Rucio has on record for a name. */
export interface KnownReplica {
  bytes: number | undefined;
  adler32: string | undefined;
  /** Where it has replicas; undefined where that was not told. */
  rses: string[] | undefined;
}

/** A server that does not answer for so long is away; it must not end as the file's timeout. */
const ANSWER_LIMIT_MS = 60_000;
/** Whatever the file, these would come: overload, maintenance, a gateway without its server. */
const AWAY = new Set([408, 425, 429, 502, 503, 504]);
/** Whatever the file, too: what the configuration names is not there. */
const ABOUT_SETTINGS = /"(RSENotFound|ScopeNotFound|AccountNotFound)"/;
/** A token that has run out is renewed by somebody else. */
const LOGIN = 401;

class RucioRefusedError extends AppError {
  constructor({ status, body }: RucioAnswer) {
    const reason = reasonIn(body);
    super('rucio_refused', `Rucio answered ${status}${reason ? `: ${reason}` : ''}`, {
      // What went wrong inside may have been about this file alone.
      retriable: status >= 500,
      ...(status === 403 && { hint: 'is the account allowed to do this?' }),
    });
  }
}

/** The name is known, and not with this content. */
export class OtherReplicaError extends AppError {
  constructor(message: string) {
    super('other_content', message);
  }
}

export function refusal(answer: RucioAnswer): AppError {
  return new RucioRefusedError(answer);
}

export function createRucioServer(options: RucioServerOptions): RucioServer {
  const base = options.url.replace(/\/+$/, '');
  const ask = async (path: string, request: RequestInit): Promise<RucioAnswer> => {
    const token = await options.token().catch((error: Error) => {
      throw new TargetAwayError(`the token for Rucio can't be read: ${error.message}`);
    });
    let response: Response;
    let body: string;
    try {
      response = await options.fetch(base + path, {
        ...request,
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
        headers: {
          'Content-Type': 'application/json',
          Accept: 'application/json, application/x-json-stream',
          'X-Rucio-Auth-Token': token,
          ...(options.account === undefined ? {} : { 'X-Rucio-Account': options.account }),
        },
      });
      body = await response.text();
    } catch (cause) {
      const { code } = ((cause as Error).cause ?? {}) as { code?: string };
      const why = code ?? (cause as Error).message;
      throw new TargetAwayError(`no answer from Rucio at ${base}: ${why}`);
    }
    const { status } = response;
    if (ABOUT_SETTINGS.test(body)) {
      throw new TargetAwayError(`Rucio answered ${status}: ${reasonIn(body)}`, {
        hint: 'are rse, scope and account in the configuration right?',
      });
    }
    if (AWAY.has(status) || status === LOGIN) {
      const reason = reasonIn(body);
      throw new TargetAwayError(`Rucio answered ${status}${reason ? `: ${reason}` : ''}`, {
        ...(status === LOGIN && {
          hint: 'is the token valid? token_file is read before each call',
        }),
      });
    }
    return { status, body };
  };
  return {
    post: (path, body) => ask(path, { method: 'POST', body: JSON.stringify(body) }),
    get: (path) => ask(path, { method: 'GET' }),
  };
}

/** Asks for the replicas of a name, and where that is not served for its metadata. */
export async function readKnown(
  server: RucioServer,
  { scope, name }: Pick<RucioReplica, 'scope' | 'name'>,
): Promise<KnownReplica | undefined> {
  const did = `${encodeURIComponent(scope)}/${encodeURIComponent(name)}`;
  const dids = { dids: [{ scope, name }], all_states: true };
  const questions = [
    () => server.get(`/replicas/${did}`),
    () => server.post('/replicas/list', dids),
    () => server.get(`/dids/${did}/meta`),
  ];
  for (const ask of questions) {
    const answer = await ask();
    const known = answer.status === 200 ? knownIn(answer.body, scope, name) : undefined;
    if (known) return known;
  }
  return undefined;
}

/** Names of all files in a scope, wherever their replicas are. */
export async function filesInScope(server: RucioServer, scope: string): Promise<string[]> {
  const answer = await server.get(`/dids/${encodeURIComponent(scope)}/`);
  if (answer.status === 404) return [];
  if (answer.status !== 200) throw refusal(answer);
  return valuesIn(answer.body)
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .flatMap((one: { name?: unknown; type?: unknown } | null) =>
      one && typeof one.name === 'string' && one.type === 'FILE' ? [one.name] : [],
    );
}

/** One JSON value per line, a JSON list, or one object. */
function knownIn(body: string, scope: string, name: string): KnownReplica | undefined {
  const found = valuesIn(body).flatMap((value) => (Array.isArray(value) ? value : [value]));
  const objects = found.filter((one): one is Record<string, unknown> => {
    return typeof one === 'object' && one !== null;
  });
  const ours = objects.find((one) => {
    return (one.name ?? name) === name && (one.scope ?? scope) === scope && 'adler32' in one;
  });
  if (!ours) return undefined;
  const { rses } = ours;
  return {
    bytes: typeof ours.bytes === 'number' ? ours.bytes : undefined,
    adler32: typeof ours.adler32 === 'string' ? normalized(ours.adler32) : undefined,
    rses: typeof rses === 'object' && rses !== null ? namesOf(rses) : undefined,
  };
}

/** An object with an entry per RSE, or a list of names. */
function namesOf(rses: object): string[] {
  return Array.isArray(rses) ? rses.map(String) : Object.keys(rses);
}

function normalized(adler32: string): string {
  return adler32.toLowerCase().padStart(8, '0');
}

function valuesIn(body: string): unknown[] {
  try {
    return [JSON.parse(body)];
  } catch {
    return body.split('\n').flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return [];
      }
    });
  }
}

export function reasonIn(answer: string): string {
  try {
    const { ExceptionMessage, ExceptionClass } = JSON.parse(answer);
    return String(ExceptionMessage ?? ExceptionClass ?? '');
  } catch {
    return answer.slice(0, 200).replaceAll(/\s+/g, ' ').trim();
  }
}
