// The child's side of `worker-process`: it ends with its parent, all that it started with it, also
// where the parent was killed and this process is busy in a loop.

import { Worker } from 'node:worker_threads';

const INTERVAL_MS = 500;

/** To be called once, at the start of a process that leads its own group. */
export function endWithParent(): void {
  process.once('disconnect', endGroup);
  // A thread of its own, because the main one may be stuck.
  const source = `
    const parent = ${process.ppid};
    setInterval(() => {
      if (process.ppid === parent) return;
      try { process.kill(-${process.pid}, 'SIGKILL'); }
      finally { process.kill(${process.pid}, 'SIGKILL'); }
    }, ${INTERVAL_MS});`;
  new Worker(source, { eval: true }).unref();
}

function endGroup(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    // It leads no group: then itself alone.
    process.kill(process.pid, 'SIGKILL');
  }
}
