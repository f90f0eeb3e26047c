// The order of the test files: the longest first, so that none of them is left alone at the end. Vitest
// knows that from an earlier run; a fresh clone has none.

import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those of half a minute and more, on two cores. */
const LONGEST = [
  'integration/chaos/chaos',
  'integration/line/killing',
  'dashboard/web/managers',
  'integration/line/line',
  'install/package',
  'dbb/endpoint/plugins',
  'dbb/handoff/links',
  'integration/two-hosts/outages',
  'dbb/handoff/local',
  'dbb/endpoint/ingester',
  'dashboard/web/visits',
  'dbb/handoff/patience',
  'dbb/handoff/faults',
  'integration/two-hosts/two-hosts',
  'prompt/demonstration/prompt-demo',
  'dbb/handoff/crash',
  'integration/line/stopping',
  'integration/line/again',
  'dashboard/web/demonstration',
  'dbb/own-database',
  'dashboard/web/views',
  'platform/bus/large-messages',
  'dbb/handoff/over-ssh',
  'dashboard/web/board',
  'dashboard/web/recovery',
  'dbb/endpoint/crashes',
  'prompt/killing/killing',
  'dbb/endpoint/operators',
  'dbb/endpoint/butler',
  'integration/move/move',
  'dashboard/web/ous',
].map((name) => `test/${name}.test.ts`);

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = ({ moduleId }: TestSpecification): number => {
      const index = LONGEST.indexOf(relative(this.ctx.config.root, moduleId));
      return index < 0 ? LONGEST.length : index;
    };
    return sorted.toSorted((one, other) => place(one) - place(other));
  }
}
