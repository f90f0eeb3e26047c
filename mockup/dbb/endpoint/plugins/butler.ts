// What the two Butler plugins have in common: they run the real command line of the LSST stack.
// Whether one of several files failed is not told by it, so a batch that fails goes one by one.

import type { PluginPorts } from './plugin.ts';
import { rootCauseIn, ToolFailedError } from './root-cause.ts';

/** A file that the repository has already, in the words of the various versions of Butler. */
const ALREADY =
  /already (exists?|ingested|registered|in (the )?(registry|repo|collection))|ConflictingDefinition|UNIQUE constraint failed/i;

export interface ToolCall {
  argv: readonly string[];
  env: Record<string, string>;
  /** True where "it is there already" is what was wanted. */
  mayBeThere: boolean;
}

/** Throws ToolFailedError. */
export async function callTool(ports: PluginPorts, call: ToolCall): Promise<void> {
  const { argv, env } = call;
  const result = await ports.runTool(argv, { env });
  if (result.exitCode === 0) return;
  if (call.mayBeThere && ALREADY.test(rootCauseIn(result.stderr) ?? '')) return;
  throw new ToolFailedError(argv[0] ?? '', result);
}

/** `butler --version` and the like; '' where it does not tell. */
export async function toolVersion(
  ports: PluginPorts,
  argv: readonly string[],
  env: Record<string, string>,
): Promise<string> {
  const result = await ports.runTool(argv, { env, signal: AbortSignal.timeout(60_000) });
  const text = result.exitCode === 0 ? result.stdout.trim() : '';
  return /[\w.+-]*\d[\w.+-]*$/.exec(text.split('\n')[0] ?? '')?.[0] ?? '';
}
