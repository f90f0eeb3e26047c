// Whether a Butler repository holds the content of a file. Its command line tells where the files of
// its datasets are (`query-datasets … --show-uri`); the bytes there are compared.

import { basename } from 'node:path';
import {
  blake2bOf,
  type Comparison,
  compareContent,
  localPathOf,
} from '../../files/content-proof.ts';
import type { DarkPage, PluginFile, PluginPorts, PluginVerdict } from './plugin.ts';
import { ToolFailedError } from './root-cause.ts';
import { awayByTool } from './target-away.ts';

export interface RawDatasets {
  command: string;
  env: Record<string, string>;
  root: string;
  /** Where the raws are; all collections where it is not known. */
  collection: string | undefined;
}

/** The whole list is read: a night has some thousand raws. */
const OUTPUT_MAX = 256 * 1024 * 1024;

/** Throws TargetAwayError, ToolFailedError. */
export async function compareWithDatasets(
  file: PluginFile,
  datasets: RawDatasets,
  ports: PluginPorts,
): Promise<Comparison> {
  return compareWith(file, await urisOf(datasets, ports));
}

/** The same for many files, with one question. Throws TargetAwayError, ToolFailedError. */
export async function verifyInDatasets(
  files: readonly PluginFile[],
  datasets: RawDatasets,
  ports: PluginPorts,
): Promise<PluginVerdict[]> {
  const uris = await urisOf(datasets, ports);
  const byName = Map.groupBy(uris, (uri) => basename(localPathOf(uri) ?? uri));
  const verdicts: PluginVerdict[] = [];
  for (const file of files) {
    // Most keep their names there; a datastore that names them itself is gone through.
    const alike = byName.get(file.filename) ?? [];
    let found = await compareWith(file, alike);
    if (found !== 'same' && alike.length < uris.length) found = await compareWith(file, uris);
    verdicts.push(found === 'other' && alike.length === 0 ? 'missing' : found);
  }
  return verdicts;
}

/** Datasets whose file is none that is known, by path (`direct`) or by content. */
export async function darkDatasets(
  isKnown: (key: string) => boolean,
  datasets: RawDatasets,
  ports: PluginPorts,
): Promise<DarkPage> {
  const uris = await urisOf(datasets, ports);
  const dark: DarkPage['dark'] = [];
  for (const uri of uris) {
    const path = localPathOf(uri);
    if (path === undefined) dark.push({ name: uri, detail: 'its content can’t be compared' });
    else if (!isKnown(path)) {
      const sum = await blake2bOf(path).catch((error: NodeJS.ErrnoException) => error);
      if (sum instanceof Error) dark.push({ name: uri, detail: `can’t be read: ${sum.code}` });
      else if (!isKnown(sum)) dark.push({ name: uri, detail: 'a dataset of no file on record' });
    }
  }
  return { looked: uris.length, dark };
}

async function urisOf(
  { command, env, root, collection }: RawDatasets,
  ports: PluginPorts,
): Promise<string[]> {
  const where = collection === undefined ? '*' : collection;
  const argv = [command, 'query-datasets', root, 'raw', '--collections', where, '--show-uri'];
  const result = await ports.runTool(argv, { env, keep_bytes: OUTPUT_MAX });
  if (result.exitCode !== 0)
    throw awayByTool(command, result) ?? new ToolFailedError(command, result);
  return urisIn(result.stdout);
}

async function compareWith(file: PluginFile, uris: readonly string[]): Promise<Comparison> {
  let isUnseen = false;
  for (const uri of uris) {
    const path = localPathOf(uri);
    const found = path === undefined ? 'unseen' : await compareContent(path, file);
    if (found === 'same') return 'same';
    isUnseen ||= found === 'unseen';
  }
  return isUnseen ? 'unseen' : 'other';
}

/** The last column of its table: a URI, or a path. A path may have blanks, a URI has none. */
export function urisIn(table: string): string[] {
  return table.split('\n').flatMap((line) => {
    const [uri] = /\b[a-z][a-z0-9+.-]*:\/\/\S+/i.exec(line) ?? [];
    if (uri) return [uri];
    const [path] = /(?<=^|\s)\/.*\S/.exec(line) ?? [];
    return path ? [path] : [];
  });
}
