// A lane's way with the files that it took: each is tried until it is over. Where the target is away
// they wait for it, and none of them is to blame.

import { pathOfFile } from '../../../core/dbb/endpoint-file.ts';
import { describeError } from '../../../core/errors.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import { joinPath } from '../../../platform/files/paths.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import { TARGET_AWAY } from '../plugins/target-away.ts';
import type { Hand } from './claiming/hand.ts';
import type { ClaimedFile, Outcome } from './event-store.ts';
import type { IngesterSettings } from './ingester-settings.ts';
import type { Outage } from './outage.ts';
import { outcomeOf } from './outcome.ts';
import type { LaneFile, PluginLane } from './plugin-lane.ts';

export interface TrialOptions {
  lane: PluginLane;
  settings: IngesterSettings;
  clock: Clock;
  log: Logger;
  hand: Hand;
  outage: Outage;
  /** Aborted when the ingester stops. */
  signal: AbortSignal;
  onOutcome(outcome: Outcome): void;
  /** Those that are in other hands by now. */
  lostOf(files: readonly ClaimedFile[]): Promise<readonly ClaimedFile[]>;
}

export interface TrialEnd {
  /** Files that were not tried. */
  left: ClaimedFile[];
  /** Files that were taken from the hand. */
  count: number;
}

/** A plugin that can't be started any more is tried again. */
const START_RETRY_MS = 5000;

export class Trial {
  readonly #options: TrialOptions;

  constructor(options: TrialOptions) {
    this.#options = options;
  }

  /** Until each file is over; those for which the target is away wait for it. */
  async run(files: readonly ClaimedFile[]): Promise<TrialEnd> {
    const { outage, signal } = this.#options;
    const open = new Map(files.map((claimed) => [claimed.id, claimed]));
    let count = files.length;
    while (open.size > 0 && !signal.aborted && !outage.isHopeless) {
      for (const { id } of await this.#options.lostOf([...open.values()])) open.delete(id);
      if (open.size === 0) break;
      const isAway = await this.#tryOnce(open);
      if (isAway) count += await this.#standBy(open);
    }
    return { left: [...open.values()], count };
  }

  /** Takes what is over out of `open`. True where the target is away. */
  async #tryOnce(open: Map<string, ClaimedFile>): Promise<boolean> {
    const { lane, settings, clock, log, outage, signal } = this.#options;
    const part = [...open.values()];
    let isAway = false;
    try {
      await lane.run(
        part.map((claimed) => laneFileOf(claimed, settings.storage)),
        (index, result) => {
          const claimed = part[index];
          if (!claimed || !open.delete(claimed.id)) return;
          if (outage.isAway(claimed.id, result)) {
            isAway = true;
            // The others are tried before it the next time.
            open.set(claimed.id, claimed);
            return;
          }
          this.#options.onOutcome(outcomeOf(claimed, result, settings, clock.now()));
        },
      );
      return isAway;
    } catch (error) {
      if (signal.aborted) return false;
      if ((error as { code?: unknown }).code === TARGET_AWAY) {
        outage.begin(describeError(error));
        return true;
      }
      const fields = { reason: describeError(error) };
      log.error(fields, 'the plugin can not be started; tried again');
      await clock.sleep(START_RETRY_MS, signal).catch(() => {});
      return isAway;
    }
  }

  /**
   * Waits before the target is tried again. A single file asks for a second one, which tells
   * whether it is the target or the file. Returns how many it took.
   */
  async #standBy(open: Map<string, ClaimedFile>): Promise<number> {
    const { hand, outage, signal } = this.#options;
    const waited = new AbortController();
    const second = open.size < 2 ? hand.take(1, waited.signal) : Promise.resolve([]);
    await outage.wait(signal);
    waited.abort();
    const more = await second;
    for (const claimed of more) open.set(claimed.id, claimed);
    return more.length;
  }
}

function laneFileOf({ file, document }: ClaimedFile, storage: string): LaneFile {
  const path = joinPath(storage, pathOfFile(file));
  const { relpath, filename, checksum, size_bytes } = file;
  const repeated = document.attempts > 1;
  return { file: { path, relpath, filename, checksum, size_bytes }, repeated };
}
