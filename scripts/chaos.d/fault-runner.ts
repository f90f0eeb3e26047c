// Does the planned faults at their times, and undoes in the end what lasts.

import { describeError } from '../../mockup/core/errors.ts';
import type { Random } from '../../mockup/platform/random/random.ts';
import { createSeededRandom } from '../../mockup/platform/random/seeded-random.ts';
import type { ChaosWorld } from './chaos-world.ts';
import { describeFault, type Fault } from './fault-plan.ts';
import { replayOldRevisions, sendCopies } from './message-faults.ts';

const RSYNC_WAIT_MS = 10_000;

export class FaultRunner {
  /** What was done, in words. */
  readonly done: string[] = [];
  /** How many of them could not be done. */
  failed = 0;
  readonly #world: ChaosWorld;
  readonly #random: Random;
  readonly #say: (text: string) => void;
  readonly #ending = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #linkFaults = 0;

  constructor(world: ChaosWorld, seed: number, say: (text: string) => void) {
    this.#world = world;
    this.#random = createSeededRandom(`chaos choices ${seed}`);
    this.#say = say;
  }

  /** Resolves when the last fault has begun, or at once when it is aborted. */
  async run(plan: readonly Fault[], stopping: AbortSignal): Promise<void> {
    const started = performance.now();
    stopping.addEventListener('abort', () => this.#ending.abort(), { once: true });
    for (const fault of plan) {
      await this.#sleep(fault.at_s * 1000 - (performance.now() - started));
      if (this.#ending.signal.aborted) return;
      const doing = this.#do(fault).then(
        (how) => this.#note(fault, how),
        (error) => {
          this.failed += 1;
          this.#note(fault, `failed: ${describeError(error)}`);
        },
      );
      this.#running.add(doing);
      void doing.finally(() => this.#running.delete(doing));
    }
  }

  /** No fault begins or ends any more: nobody starts a process that another one stops. */
  async end(): Promise<void> {
    this.#ending.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#running);
  }

  /** Everything well again: nothing frozen, cut, spoiled, full or in another time. */
  async calm(): Promise<void> {
    await this.end();
    const { processes, jao, arc } = this.#world;
    await Promise.all(processes.map((name) => this.#world.signal(name, 'SIGCONT')));
    await this.#world.mendLink();
    for (const { name } of [jao, arc]) {
      if (this.#world.kinds.includes('fill-disk')) await this.#world.emptyDisk(name);
      if (this.#shifting.has(name)) await this.#shiftClock(name, 0);
    }
  }

  readonly #shifting = new Map<string, Promise<void>>();

  /** One after the other: each starts the site's actors anew, and nobody may start them twice. */
  #shiftClock(site: string, offset_s: number): Promise<void> {
    const before = this.#shifting.get(site)?.catch(() => {});
    const shift = async (): Promise<void> => {
      await before;
      await this.#world.shiftClock(site, offset_s);
    };
    const shifting = shift();
    this.#shifting.set(site, shifting);
    return shifting;
  }

  #note(fault: Fault, how: string): void {
    const line = `${describeFault(fault)}${how === '' ? '' : `: ${how}`}`;
    this.done.push(line);
    this.#say(line);
  }

  async #do(fault: Fault): Promise<string> {
    const world = this.#world;
    switch (fault.kind) {
      case 'kill':
        return (await world.signal(fault.process, 'SIGKILL')) ? '' : 'it did not run';
      case 'freeze':
        if (!(await world.signal(fault.process, 'SIGSTOP'))) return 'it did not run';
        this.#later(fault.for_s, async () => void (await world.signal(fault.process, 'SIGCONT')));
        return '';
      case 'cut':
        this.#linkLater(fault.for_s);
        await world.cut();
        return '';
      case 'spoil':
        this.#linkLater(fault.for_s);
        return (await world.spoil(fault.how)) ?? 'this kernel has no queue for it';
      case 'kill-rsync':
        return this.#killRsync();
      case 'fill-disk':
        this.#later(fault.for_s, () => world.emptyDisk(fault.site));
        await world.fillDisk(fault.site);
        return '';
      case 'shift-clock':
        await this.#shiftClock(fault.site, fault.offset_s);
        return '';
      case 'duplicate':
        return `${await sendCopies(this.#siteOf(fault.site), fault.count, this.#random)} copies`;
      case 'replay':
        return `${await replayOldRevisions(this.#siteOf(fault.site), fault.count, this.#random)}`;
    }
  }

  #siteOf(name: string) {
    return name === this.#world.jao.name ? this.#world.jao : this.#world.arc;
  }

  /** They are quick: one has to be waited for. */
  async #killRsync(): Promise<string> {
    const count = await this.#world.killRsync(RSYNC_WAIT_MS);
    return count > 0 ? `${count} processes` : 'none ran';
  }

  /** Faults of the link may overlap; it is mended when the last one is over. */
  #linkLater(after_s: number): void {
    this.#linkFaults += 1;
    this.#later(after_s, async () => {
      this.#linkFaults -= 1;
      if (this.#linkFaults === 0) await this.#world.mendLink();
    });
  }

  #later(after_s: number, undo: () => Promise<void>): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      const doing = undo().catch((error) => this.#say(`undoing: ${describeError(error)}`));
      this.#running.add(doing);
      void doing.finally(() => this.#running.delete(doing));
    }, after_s * 1000);
    this.#timers.add(timer);
  }

  async #sleep(delay_ms: number): Promise<void> {
    if (delay_ms <= 0) return;
    const { signal } = this.#ending;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delay_ms);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
