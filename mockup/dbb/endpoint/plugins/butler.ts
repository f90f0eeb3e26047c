// What the two Butler plugins have in common: they run the real command line of the LSST stack.
// Whether one of several files failed is not told by it, so a batch that fails goes one by one. What
// it calls "there already" is believed only where the repository holds the same content.

import { AppError } from '../../../core/errors.ts';
import { isThere } from '../../files/content-proof.ts';
import type { PluginFile, PluginPorts } from './plugin.ts';
import { rootCauseIn, ToolFailedError } from './root-cause.ts';
import { awayByTool, TargetAwayError } from './target-away.ts';

/** A file that the repository has already, in the words of the various versions of Butler. */
const ALREADY =
  /already (exists?|ingested|registered|in (the )?(registry|repo|collection))|ConflictingDefinition|UNIQUE constraint failed|duplicate key value|IntegrityError/i;

export interface ToolCall {
  /** The program, and its arguments. */
  argv: readonly string[];
  env: Record<string, string>;
  /** The repository. */
  root: string;
}

/** The repository has something for this file already, and says no more. */
export class AlreadyThereError extends ToolFailedError {}

/** Throws TargetAwayError, AlreadyThereError, ToolFailedError. */
export async function callTool(ports: PluginPorts, { argv, env, root }: ToolCall): Promise<void> {
  const [tool = ''] = argv;
  const result = await ports.runTool(argv, { env });
  if (result.exitCode === 0) return;
  const away = awayByTool(tool, result);
  if (away) throw away;
  await requireRepository(root);
  const isAlready = ALREADY.test(rootCauseIn(result.stderr) ?? '');
  throw new (isAlready ? AlreadyThereError : ToolFailedError)(tool, result);
}

/** A directory that is not there is no fault of any file. Labels and URLs are Butler's affair. */
export async function requireRepository(root: string): Promise<void> {
  const isDirectory = root.startsWith('/') || root.startsWith('./') || root.startsWith('../');
  if (!isDirectory || (await isThere(root))) return;
  const hint = 'is its file system mounted, and is root in the configuration right?';
  throw new TargetAwayError(`there is no repository ${root}`, { hint });
}

/** The name is taken there by other content, or by content that can't be looked at. */
export class OtherContentError extends AppError {
  constructor({ filename }: PluginFile, found: 'other' | 'unseen', cause: AppError) {
    const what =
      found === 'other'
        ? `the repository has something else for ${filename}`
        : `the repository has something for ${filename}, whose content could not be compared`;
    super('other_content', `${what}: ${cause.message}`);
  }
}

/** `butler --version` and the like; '' where it does not tell. Throws TargetAwayError. */
export async function toolVersion(
  ports: PluginPorts,
  argv: readonly string[],
  env: Record<string, string>,
): Promise<string> {
  const result = await ports.runTool(argv, { env, signal: AbortSignal.timeout(60_000) });
  const away = result.exitCode === 0 ? undefined : awayByTool(argv[0] ?? '', result);
  if (away) throw away;
  const text = result.exitCode === 0 ? result.stdout.trim() : '';
  return /[\w.+-]*\d[\w.+-]*$/.exec(text.split('\n')[0] ?? '')?.[0] ?? '';
}
