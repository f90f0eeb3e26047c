// What the page's main thread did while it was traced, by wall clock and by processor time: on a
// machine that does much else the first says more of the machine, the second more of the page.

import type { CDPSession, Page } from 'playwright-core';

export interface MainThread {
  /** Of single tasks, longest first. */
  wall_ms: number[];
  cpu_ms: number[];
  /** Processor time of all tasks by the time traced. */
  share: number;
}

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  dur?: number;
  tdur?: number;
  args: { name?: string };
}

export async function startTrace(page: Page): Promise<{ stop(): Promise<MainThread> }> {
  const browser = page.context().browser();
  if (!browser) throw new Error('the page has no browser of its own');
  const session: CDPSession = await browser.newBrowserCDPSession();
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => {
    events.push(...(value as unknown as TraceEvent[]));
  });
  await session.send('Tracing.start', {
    traceConfig: { includedCategories: ['toplevel'], recordMode: 'recordAsMuchAsPossible' },
  });
  const started = performance.now();
  return {
    stop: async () => {
      const traced_ms = performance.now() - started;
      const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
      await session.send('Tracing.end');
      await complete;
      return mainThreadOf(events, traced_ms);
    },
  };
}

function mainThreadOf(events: readonly TraceEvent[], traced_ms: number): MainThread {
  const threads = events.filter(
    ({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain',
  );
  const tasks = events.filter(
    ({ ph, name, pid, tid }) =>
      ph === 'X' &&
      /RunTask$/.test(name) &&
      threads.some((one) => one.pid === pid && one.tid === tid),
  );
  const descending = (one: number, other: number): number => other - one;
  const cpu_ms = tasks.map(({ tdur = 0 }) => tdur / 1000).sort(descending);
  return {
    wall_ms: tasks.map(({ dur = 0 }) => dur / 1000).sort(descending),
    cpu_ms,
    share: cpu_ms.reduce((sum, task) => sum + task, 0) / traced_ms,
  };
}
