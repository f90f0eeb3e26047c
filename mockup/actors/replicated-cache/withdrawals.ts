// What a superseded run announced before anybody knew that it was superseded goes again.

import { AppError } from '../../core/errors.ts';
import { type CachedBody, parseBody, withdrawnBody } from '../../core/messages/message-bodies.ts';
import { withdrawnSelector } from '../../core/messages/selectors.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import type { Receiver } from '../../platform/bus/bus.ts';
import { isOfSupersededRun } from '../../platform/bus/superseded-run.ts';
import { pathInside } from '../../platform/files/paths.ts';
import { requireNameOf } from './ownership.ts';
import { removeWeblog, WEBLOGS_DIRECTORY } from './weblogs.ts';

/** A replica of the OUS may be behind: then the message comes again. */
export function receiveWithdrawals(ports: ActorPorts, localCache: string): Receiver {
  return ports.bus.receive(withdrawnSelector(ports.site), async (message) => {
    const withdrawn = parseBody(withdrawnBody, 'withdrawn', message.body);
    await requireNameOf(ports, withdrawn);
    if (!(await isOfSupersededRun(ports, withdrawn, withdrawn.name))) {
      const what = `${withdrawn.name} is of a run that still counts: not withdrawn`;
      throw new AppError('run_not_superseded', what, { retriable: true });
    }
    await remove(ports, localCache, withdrawn);
  });
}

/** Safe to repeat. */
export async function remove(
  ports: ActorPorts,
  localCache: string,
  { fileType, name }: Pick<CachedBody, 'fileType' | 'name'>,
): Promise<void> {
  if (name === WEBLOGS_DIRECTORY) return;
  if (fileType === 'weblog') await removeWeblog(ports, localCache, name);
  await ports.files.remove(pathInside(localCache, name));
  ports.log.warn({ name }, 'removed: its run was superseded');
}
