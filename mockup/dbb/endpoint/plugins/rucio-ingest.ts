// RucioIngest: registers files where they are, by Rucio's REST interface (`POST /replicas`). A file
// that Rucio knows already is registered where its size and checksum there are those of the file.

import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import type { CreatePlugin, DarkPage, PluginFile, PluginPorts, PluginVerdict } from './plugin.ts';
import { parsePluginSettings } from './plugin-settings.ts';
import {
  createRucioServer,
  filesInScope,
  type KnownReplica,
  OtherReplicaError,
  type RucioAnswer,
  type RucioReplica,
  type RucioServer,
  readKnown,
  reasonIn,
  refusal,
} from './rucio-server.ts';
import { TargetAwayError } from './target-away.ts';

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
/** There is no such service: that is not about a file. */
const NOT_SERVED = new Set([404, 405]);

export const createRucioIngest: CreatePlugin = (settings, ports) => {
  const own = parsePluginSettings(schema, settings);
  const server = createRucioServer({
    url: own.url,
    account: own.account,
    fetch: ports.fetch,
    token: () => tokenOf(own, ports),
  });
  const register = async (files: readonly PluginFile[]): Promise<void> => {
    const replicas = await Promise.all(files.map((file) => replicaOf(file, own, ports)));
    const answer = await server.post('/replicas', { rse: own.rse, files: replicas });
    if (answer.status === CREATED) return;
    if (NOT_SERVED.has(answer.status)) {
      const hint = "is url in the plugin's config that of Rucio's REST server?";
      throw new TargetAwayError(`${own.url} answers ${answer.status} to /replicas`, { hint });
    }
    if (answer.status !== CONFLICT) throw refusal(answer);
    const [replica] = replicas;
    // Of several it does not say which: each is tried by itself.
    if (!replica || files.length > 1) throw refusal(answer);
    await requireSame(replica, own.rse, server, answer);
  };
  return {
    version: 'rucio-rest',
    ingest: (file) => register([file]),
    ingestMany: register,
    async verify(files) {
      const verdicts: PluginVerdict[] = [];
      for (const file of files) {
        const replica = await replicaOf(file, own, ports);
        verdicts.push(verdictOn(replica, own.rse, await readKnown(server, replica)));
      }
      return verdicts;
    },
    keysOf: (file) => [nameThere(file, own)],
    dark: (isKnown) => darkReplicas(isKnown, own, server),
  };
};

/** Throws OtherReplicaError where Rucio has other content under the name, or does not tell. */
async function requireSame(
  replica: RucioReplica,
  rse: string,
  server: RucioServer,
  refused: RucioAnswer,
): Promise<void> {
  const known = await readKnown(server, replica);
  const name = `${replica.scope}:${replica.name}`;
  if (!known) {
    const why = reasonIn(refused.body) || 'conflict';
    throw new OtherReplicaError(
      `Rucio refuses ${name} (409: ${why}) and does not tell what it has`,
    );
  }
  const { bytes, adler32 } = replica;
  if (known.bytes !== bytes || known.adler32 !== adler32) {
    const has = `${known.bytes} bytes, adler32 ${known.adler32 ?? 'unknown'}`;
    throw new OtherReplicaError(
      `Rucio has other content under ${name}: ${has}; this file: ${bytes} bytes, adler32 ${adler32}`,
    );
  }
  if (known.rses && !known.rses.includes(rse)) {
    const where = known.rses.join(', ') || 'nowhere';
    throw new OtherReplicaError(
      `Rucio refuses ${name}: it has the file at ${where}, not at ${rse}`,
    );
  }
}

/** Of files of the scope that are not known: those with a replica at the RSE. */
async function darkReplicas(
  isKnown: (key: string) => boolean,
  { scope, rse }: Settings,
  server: RucioServer,
): Promise<DarkPage> {
  const names = await filesInScope(server, scope);
  const dark: DarkPage['dark'] = [];
  for (const name of names.filter((one) => !isKnown(one))) {
    const known = await readKnown(server, { scope, name });
    if (!known || (known.rses && !known.rses.includes(rse))) continue;
    dark.push({ name: `${scope}:${name}`, detail: `a replica at ${rse} of no file on record` });
  }
  return { looked: names.length, dark };
}

function verdictOn(
  { bytes, adler32 }: RucioReplica,
  rse: string,
  known: KnownReplica | undefined,
): PluginVerdict {
  if (!known || (known.rses && !known.rses.includes(rse))) return 'missing';
  return known.bytes === bytes && known.adler32 === adler32 ? 'same' : 'other';
}

async function replicaOf(
  file: PluginFile,
  own: Settings,
  ports: PluginPorts,
): Promise<RucioReplica & { pfn: string }> {
  const path = pathThere(file);
  const place = path.split('/').map(encodeURIComponent).join('/');
  const whole = file.path.split('/').map(encodeURIComponent).join('/');
  return {
    scope: own.scope,
    name: nameThere(file, own),
    bytes: file.size_bytes,
    adler32: await ports.adler32(file.path),
    pfn: own.pfn_prefix ? `${own.pfn_prefix.replace(/\/+$/, '')}/${place}` : `file://${whole}`,
  };
}

function nameThere(file: PluginFile, { name }: Settings): string {
  return name === 'path' ? pathThere(file) : file.filename;
}

function pathThere({ relpath, filename }: PluginFile): string {
  return relpath === '' ? filename : `${relpath}/${filename}`;
}

/** `fetch` refuses credentials, with a message that tells them. */
function isPlain({ protocol, username, password }: URL): boolean {
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

/** Read each time: whoever renews the token writes it there. */
async function tokenOf(own: Settings, ports: PluginPorts): Promise<string> {
  if (own.token !== undefined) return own.token;
  const file = own.token_file ?? '';
  return (await ports.readText(isAbsolute(file) ? file : join(ports.directory, file))).trim();
}
