// An ARC may say that an OUS is Delivered only when all of its products are in the ARC's own archive.
// In the end they are there anyway, so it is looked at when it says so.

import type { ObservedStore } from '../store/observed-store.ts';

const PRODUCTS = 5;

interface Observed {
  observe(name: string): ObservedStore;
}

export class DeliveryWatch {
  readonly problems: string[] = [];
  readonly #site: Observed;
  #seen = 0;

  /** `executive`: of the site; what others say may be seen there as well. */
  constructor(executive: string, site: Observed) {
    this.#site = site;
    const messages = site.observe('msgq');
    messages.onWrite(() => {
      const written = messages.bodiesAfter(this.#seen);
      this.#seen = messages.lastSeq;
      for (const { selector, sender, body } of written) {
        const isOwn = sender === `data-tracker@${executive}`;
        if (selector === 'xtss' && isOwn) this.#check(body);
      }
    });
  }

  #check(request: unknown): void {
    const { operation, value, ousUID } = (request ?? {}) as Record<string, unknown>;
    if (operation !== 'set-state' || value !== 'Delivered') return;
    const name = String(ousUID).replace('uid://', '').replaceAll('/', '-');
    const ids = this.#site
      .observe('ngas')
      .bodies()
      .map(({ _id }) => _id);
    const here = ids.filter((id) => /^product-\d/.test(id) && id.includes(`-${name}-`)).length;
    const problem = `${ousUID} was called delivered with ${here} of ${PRODUCTS} products there`;
    if (here < PRODUCTS && !this.problems.includes(problem)) this.problems.push(problem);
  }
}
