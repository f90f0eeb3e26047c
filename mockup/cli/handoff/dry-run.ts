// What `hdfmgr run` would ship, without shipping it: the order, the sizes, and what is left out.

import { IN_STAGING } from '../../core/dbb/staging-name.ts';
import { scanTree } from '../../dbb/files/scan-tree.ts';
import { toPattern } from '../../dbb/handoff/configuration.ts';
import { WaitingFiles } from '../../dbb/handoff/queue/waiting-files.ts';
import type { CommandContext } from '../command.ts';
import type { Configured } from './configured.ts';
import { mbytes } from './progress.ts';

export function showDryRun(configured: Configured, { print }: CommandContext): void {
  const { buffer, ownDirectory, configuration } = configured;
  const { exclude_list, order, first } = configuration.general;
  const patterns = [IN_STAGING, ...(exclude_list ?? []).map(toPattern)].map(
    (one) => new RegExp(one),
  );
  const waiting = new WaitingFiles({ order, first: first ?? [] });
  let bytes = 0;
  let excluded = 0;
  const isExcluded = (path: string): boolean => {
    if (path === ownDirectory || path.startsWith(`${ownDirectory}/`)) return true;
    const isOut = patterns.some((pattern) => pattern.test(path));
    if (isOut && !path.endsWith('/')) excluded++;
    return isOut;
  };
  for (const { files, odd } of scanTree({ root: buffer, isExcluded })) {
    for (const version of files) {
      waiting.add({ version, discovered_ms: 0, attempts: 0 });
      bytes += version.size_bytes;
    }
    for (const { version, reason } of odd)
      print(`skip ${JSON.stringify(version.path)}: ${reason}`);
  }
  const limits = { bytes: Number.POSITIVE_INFINITY, cost_max: Number.POSITIVE_INFINITY };
  const all = waiting.take({ files: waiting.ready, ...limits, cost: () => 0 }, { sorted: false });
  for (const { version } of all) {
    print(`ship ${JSON.stringify(version.path)} (${version.size_bytes} bytes)`);
  }
  print(`${all.length} files would go (${mbytes(bytes)}), ${excluded} are excluded`);
}
